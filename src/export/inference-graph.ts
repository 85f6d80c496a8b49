// inferenceGraph: a bundle's graph as it is run, not trained.
import type { Graph } from "../graph/graph.js";
import { foldBatchNorm, ScaledWeights } from "../graph/passes/batchnorm.js";
import { foldConstants } from "../graph/passes/constants.js";
import { dropIdentities } from "../graph/passes/identities.js";
import { prune } from "../graph/passes/prune.js";

/** A copy with constants, identities and BatchNormalization folded. */
export function inferenceGraph(graph: Graph): Graph {
  return prune(foldBatchNorm(dropIdentities(foldConstants(graph)), new ScaledWeights()));
}
