// Trial: a small training step in a process of its own, since a wrong library crashes the one that calls it.

import type { Precision } from "../../engine.js";
import { OnednnComputer } from "../computer.js";
import { Dnnl } from "../library/dnnl.js";
import { fieldsOf } from "../start.js";
import { expected } from "./expected.js";
import { gainOfBf16 } from "./gain.js";
import { digestOf, trialGraph, trialInputs } from "./step.js";

/** What a trial finds out. */
export interface Outcome {
  readonly version: string;
  /** How far the step is from what it should be, as a share of the norm. */
  readonly distance: Readonly<Record<Precision, number>>;
  /** How many times faster than float32 it convolves in bf16. */
  readonly gain: number;
}

function distanceOf(library: string, precision: Precision): number {
  const computer = new OnednnComputer({ library, threads: 1, precision, graph: fieldsOf(trialGraph()) });
  for (const images of [2, 3]) computer.run(trialInputs(images));
  let [difference, norm] = [0, 0];
  for (const [name, tensor] of computer.read(undefined)) {
    digestOf(tensor).forEach((found, i) => {
      difference += (found - expected[name][i]) ** 2;
      norm += expected[name][i] ** 2;
    });
  }
  computer.close();
  return Math.sqrt(difference / norm);
}

const [, , library] = process.argv;
const dnnl = new Dnnl(library, 1);
const outcome: Outcome = {
  version: dnnl.version,
  distance: { fp32: distanceOf(library, "fp32"), bf16: distanceOf(library, "bf16") },
  gain: gainOfBf16(dnnl),
};
process.send?.(outcome);
