// Trial: whether ONNX Runtime computes what it should, as a process of its own: `node trial.js`.
import * as runtime from "onnxruntime-node";
import { trialBatches, trialDistance, trialGraph, trialInputs } from "../trial/step.js";
import { OrtComputer } from "./computer.js";
import { prepare } from "./prepare.js";

/** What a trial finds out: how far the step is from what it should be, as a share of the norm. */
export interface Outcome {
  readonly distance: number;
}

const computer = await OrtComputer.open(runtime, prepare(trialGraph(), 1));
for (const images of trialBatches) await computer.run(trialInputs(images));
process.send?.({ distance: trialDistance(computer.read(undefined)) } satisfies Outcome);
await computer.close();
