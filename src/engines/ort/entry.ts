// ONNX Runtime's entry in the registry.

import type { EngineEntry, Probe } from "../entry.js";
import { inChild } from "../trial/child.js";
import { machine, recall, remember } from "../trial/remember.js";
import { FLOAT32_TOLERANCE } from "../trial/step.js";
import { installOrt, ortEngine, ortVersion } from "./engine.js";
import type { Outcome } from "./trial.js";

/** Where outcomes are kept; another number when the trial, or what the engine does with the package, changes. */
const FILE = "ort-1.json";

async function look(): Promise<Probe> {
  const version = ortVersion();
  if (version === undefined) {
    return { works: false, reason: "the package onnxruntime-node is not installed", install: installOrt() };
  }
  const key = [version, machine()].join(" ");
  const outcome =
    recall<Outcome>(FILE, key) ?? (await inChild<Outcome>(new URL("./trial.js", import.meta.url)));
  if (typeof outcome === "string") return { works: false, reason: outcome };
  if (!(outcome.distance <= FLOAT32_TOLERANCE)) {
    return {
      works: false,
      reason: `ONNX Runtime ${version} computes wrongly here (a training step is ${outcome.distance} off)`,
    };
  }
  remember(FILE, key, outcome);
  return { works: true, description: ortEngine().description };
}

let found: Promise<Probe> | undefined;

export const ort: EngineEntry<"ort"> = {
  name: "ort",
  title: "ONNX Runtime",
  probe() {
    found ??= look();
    return found;
  },
  open: async (options) => ortEngine(options),
};
