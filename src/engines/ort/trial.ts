// Trial: whether ONNX Runtime computes what it should, as a process of its own: `node trial.js`.
import * as ort from "onnxruntime-node";
import { trialBatches, trialDistance, trialGraph, trialInputs } from "../trial/step.js";
import { OrtSession } from "./session.js";

/** What a trial finds out: how far the step is from what it should be, as a share of the norm. */
export interface Outcome {
  readonly distance: number;
}

const session = new OrtSession({ ort, provider: "cpu", threads: 1, fillsOutputs: true });
const program = await session.compile(trialGraph());
for (const images of trialBatches) await program.run(trialInputs(images));
process.send?.({ distance: trialDistance(await session.read()) } satisfies Outcome);
await session.close();
