// The operators that a graph may have, by domain and name.
import { type Node, TRAINING } from "../graph.js";
import { add, sum } from "./add.js";
import { averagePool, averagePoolGradient } from "./average-pool.js";
import { batchNormalization, batchNormGradient, batchNormTraining } from "./batch-normalization.js";
import { cast } from "./cast.js";
import { clip, clipGradient } from "./clip.js";
import { comparisons } from "./comparison.js";
import { concat } from "./concat.js";
import { constant, constantOfShape, shape } from "./constant.js";
import { conv, convInputGradient, convWeightGradient } from "./conv.js";
import { div } from "./div.js";
import { expand } from "./expand.js";
import { max, min } from "./extremum.js";
import { functions } from "./functions.js";
import { gather } from "./gather.js";
import { gemm } from "./gemm.js";
import { globalAveragePool } from "./global-average-pool.js";
import { globalMaxPool } from "./global-max-pool.js";
import { hardSigmoid } from "./hard-sigmoid.js";
import { dropout, identity } from "./identity.js";
import { matMul } from "./mat-mul.js";
import { maxPool, maxPoolGradient } from "./max-pool.js";
import { mul } from "./mul.js";
import type { Operator } from "./operator.js";
import { pad } from "./pad.js";
import { pow } from "./pow.js";
import { dequantizeLinear, quantizeLinear } from "./quantize-linear.js";
import { reductions } from "./reduce.js";
import { relu, reluGradient } from "./relu.js";
import { flatten, reshape, squeeze, unsqueeze } from "./reshape.js";
import { scatterElements } from "./scatter-elements.js";
import { sigmoid } from "./sigmoid.js";
import { slice } from "./slice.js";
import { softmax } from "./softmax.js";
import { split } from "./split.js";
import { sub } from "./sub.js";
import { transpose } from "./transpose.js";
import { where } from "./where.js";

const all: readonly Operator[] = [
  ...[add, sum, sub, mul, div, pow, max, min, ...comparisons, where, cast, ...functions],
  ...[relu, reluGradient, clip, clipGradient, sigmoid, hardSigmoid, softmax],
  ...[conv, convInputGradient, convWeightGradient, gemm, matMul],
  ...[maxPool, maxPoolGradient, averagePool, averagePoolGradient, globalAveragePool, globalMaxPool],
  ...[batchNormalization, batchNormTraining, batchNormGradient],
  ...reductions,
  ...[
    reshape,
    flatten,
    squeeze,
    unsqueeze,
    transpose,
    expand,
    concat,
    split,
    pad,
    slice,
    gather,
    scatterElements,
  ],
  ...[identity, dropout, constant, constantOfShape, shape, quantizeLinear, dequantizeLinear],
];

const table = new Map(all.map((operator) => [`${operator.domain ?? ""}.${operator.op}`, operator]));

/** What is known of a node's operator; undefined where nothing is. */
export function operatorOf({ domain, op }: Pick<Node, "domain" | "op">): Operator | undefined {
  return table.get(`${domain}.${op}`);
}

const standard = all.filter(({ domain = "" }) => domain !== TRAINING);

/** ONNX's operators that a graph may have here. */
export const knownOps: ReadonlySet<string> = new Set(standard.map(({ op }) => op));

/** ONNX's operators that can stand between a trainable weight and the loss. */
export const differentiableOps: ReadonlySet<string> = new Set(
  standard.filter(({ gradient }) => gradient).map(({ op }) => op),
);
