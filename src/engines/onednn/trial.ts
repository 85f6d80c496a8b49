// Trial: whether a file of oneDNN's computes what it should, as a process of its own: `node trial.js LIBRARY`.
import type { Precision } from "../engine.js";
import { trialBatches, trialDistance, trialGraph, trialInputs } from "../trial/step.js";
import { gainOfBf16 } from "./bf16-gain.js";
import { Dnnl } from "./library/dnnl.js";
import { OnednnSession } from "./session.js";

/** What a trial finds out. A distance says how far the step is from what it should be, as a share of the norm. */
export interface Outcome {
  readonly version: string;
  /** In float32. */
  readonly distance: number;
  /** Missing where the processor or the library has no bf16: float32 works without it. */
  readonly bf16?: {
    readonly distance: number;
    /** How many times faster than float32 it convolves. */
    readonly gain: number;
  };
}

async function distanceOf(library: string, precision: Precision): Promise<number> {
  const session = new OnednnSession({ library, threads: 1, precision });
  const program = await session.compile(trialGraph());
  for (const images of trialBatches) await program.run(trialInputs(images));
  const distance = trialDistance(await session.read());
  await session.close();
  return distance;
}

const [, , library] = process.argv;
const dnnl = new Dnnl(library, 1);
const outcome: Outcome = { version: dnnl.version, distance: await distanceOf(library, "fp32") };
// Sent before bf16 is tried: a crash there takes nothing away from float32.
process.send?.(outcome);
try {
  const bf16 = { distance: await distanceOf(library, "bf16"), gain: gainOfBf16(dnnl) };
  process.send?.({ ...outcome, bf16 } satisfies Outcome);
} catch {
  // Most processors have no bf16: AVX2 and NEON know only float32.
}
