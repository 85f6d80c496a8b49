// A run that goes on stays with its engine, whichever is faster now.
import assert from "node:assert/strict";
import { test } from "node:test";
import { surveyEngines } from "../../engines/survey.js";
import { network } from "../../models/network.js";
import { openBackbone } from "../../models/registry.js";
import type { Settings } from "../recipe/options.js";
import { openRunEngine } from "./run-engine.js";

test("auto stays with the engine that the run was begun on", async () => {
  const net = network(await openBackbone({ backbone: "resnet18", weights: "none", seed: 1 }), {
    labels: 2,
    size: 32,
  });
  const settings = {
    engine: "auto",
    precision: "fp32",
    threads: 1,
    freeze: "none",
    batchnorm: "batch",
    lr: 1,
    epochs: 1,
  };
  for (const { name, works, description } of await surveyEngines()) {
    if (works) assert.equal((await openRunEngine(net, settings as Settings, description)).name, name);
  }
});
