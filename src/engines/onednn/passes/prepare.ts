// Prepare: a graph as the planner likes it, before any shapes are known.
import type { Graph } from "../../../graph/graph.js";
import { foldBatchNorm, foldFactors, ScaledWeights } from "../../../graph/passes/batchnorm.js";
import { recognizeComposites } from "../../../graph/passes/composites.js";
import { foldConstants } from "../../../graph/passes/constants.js";
import { decompose } from "../../../graph/passes/decompose.js";
import { dropIdentities } from "../../../graph/passes/identities.js";
import { prune } from "../../../graph/passes/prune.js";
import { inferShapes } from "../../../graph/shapes.js";
import { type HostTensor, toTensor } from "../host/arrays.js";
import { hasCode } from "../operators.js";
import { constantsOf, evaluate } from "../plan/known.js";
import { clipGradientFromResult } from "./clip.js";
import { simplifyGemm } from "./gemm.js";

export interface Prepared {
  readonly graph: Graph;
  /** The graph's constants. */
  readonly known: ReadonlyMap<string, HostTensor>;
}

/** What constants alone make becomes a constant: shapes that hold no name are enough to know. */
function evaluateConstants(graph: Graph): Graph {
  const infos = inferShapes(graph);
  const before = constantsOf(graph);
  const known = new Map(before);
  const evaluated = graph.clone();
  evaluated.nodes = evaluate(
    graph.nodes,
    (name) => {
      const info = infos.get(name);
      const shape = info?.shape.map(Number);
      return info && shape && !shape.some(Number.isNaN) ? { type: info.type, shape } : undefined;
    },
    known,
  );
  for (const [name, tensor] of known) {
    if (!before.has(name)) evaluated.initializers.set(name, toTensor(tensor));
  }
  return evaluated;
}

export function prepare(graph: Graph): Prepared {
  const whole = recognizeComposites(dropIdentities(foldConstants(graph)));
  const simple = decompose(whole, (node) => !hasCode(node));
  let prepared = clipGradientFromResult(simplifyGemm(simple));
  prepared = evaluateConstants(prepared);
  const weights = new ScaledWeights();
  prepared = foldFactors(foldBatchNorm(prepared, weights), weights);
  prepared = prune(prepared);
  return { graph: prepared, known: constantsOf(prepared) };
}
