// The frozen trunk: where a network is split so that its frozen part need run only once a picture.
import { isForeign } from "../../graph/foreign/node.js";
import type { Graph, Node } from "../../graph/graph.js";
import { type Halves, splitFrozen } from "../../graph/passes/split.js";
import { Rows } from "./features/rows.js";

export interface TrunkPlan extends Halves {
  /** What is kept of a picture, in bytes. */
  bytes: number;
}

/** Whether a node makes a trunk worth keeping its output; the normalisation of the images alone does not. */
const isCostly = (node: Node) => isForeign(node) || ["Conv", "Gemm", "MatMul"].includes(node.op);

/** Where a network is split so that its frozen part runs only once; undefined where that is of no use. */
export function planTrunk(network: Graph, trainable: ReadonlySet<string>): TrunkPlan | undefined {
  const halves = splitFrozen(network, trainable);
  if (halves === undefined || !halves.trunk.nodes.some(isCostly)) return undefined;
  return { ...halves, bytes: new Rows(halves.trunk.outputs).bytes };
}
