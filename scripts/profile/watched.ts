// An engine whose nodes are timed while they run.
import type { Engine } from "../../src/engines/engine.js";

export interface NodeTime {
  /** Median of the runs. */
  readonly milliseconds: number;
  /** What it is counted under. */
  readonly group: string;
  /** The node, with shapes. */
  readonly details: string;
}

export interface Watched {
  readonly engine: Engine;
  /** What has run, in the order of running, without the first runs. Ends the watching. */
  nodes(without: number): NodeTime[];
}

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1];

export const total = (values: Iterable<number>): number => [...values].reduce((a, b) => a + b, 0);
