// Trial: whether WebGPU computes what it should, as a process of its own: `node trial.js`.
import { trialBatches, trialDistance, trialGraph, trialInputs } from "../trial/step.js";
import { type Adapter, findAdapter } from "./adapter.js";
import { webgpuSession } from "./runtime.js";

/** What a trial finds out. */
export interface Outcome {
  readonly adapter: Adapter;
  /** How far the step is from what it should be, as a share of the norm. */
  readonly distance: number;
}

const session = webgpuSession(1);
const program = await session.compile(trialGraph());
for (const images of trialBatches) await program.run(trialInputs(images));
const distance = trialDistance(await session.read());
process.send?.({ adapter: findAdapter(), distance } satisfies Outcome);
await session.close();
