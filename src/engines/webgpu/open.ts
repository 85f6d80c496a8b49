// Open: the device of this machine, tried in a process of its own before it is trusted.
import { ortVersion } from "../ort/engine.js";
import { inChild } from "../trial/child.js";
import { digest, machine, recall, remember } from "../trial/remember.js";
import { type Adapter, driversKey, mayHaveAdapter } from "./adapter.js";
import type { Outcome } from "./trial.js";

/** Where outcomes are kept; another number when the trial, or what the engine does with the package, changes. */
const FILE = "webgpu-1.json";
/** What the step may differ by: devices may round logarithms and quotients more coarsely than processors do. */
const TOLERANCE = 1e-4;

/** Minutes: a processor that stands in for a device compiles its programs slowly. */
const PATIENCE = 10;

export type Found = { readonly adapter: Adapter } | { readonly reason: string };

async function look(): Promise<Found> {
  const version = ortVersion();
  if (version === undefined) return { reason: "the package onnxruntime-node is not installed" };
  if (!mayHaveAdapter()) return { reason: "there is no graphics device" };
  const key = digest([version, machine(), driversKey()].join("\n"));
  const outcome =
    recall<Outcome>(FILE, key) ??
    (await inChild<Outcome>(new URL("./trial.js", import.meta.url), [], PATIENCE));
  if (typeof outcome === "string") {
    const none = /Failed to get a WebGPU adapter/.test(outcome);
    return { reason: none ? "no graphics driver offers a WebGPU adapter" : outcome };
  }
  const { adapter, distance } = outcome;
  if (!(distance <= TOLERANCE)) {
    return { reason: `${adapter.name} computes wrongly (a training step is ${distance} off)` };
  }
  remember(FILE, key, outcome);
  return { adapter };
}

let found: Promise<Found> | undefined;

/** Looks once for each process. */
export function findWebgpu(): Promise<Found> {
  found ??= look();
  return found;
}
