// The operators that a graph may have, by domain and name.
import type { Node } from "../graph.js";
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
import { einsum } from "./einsum.js";
import { elu } from "./elu.js";
import { expand, tile } from "./expand.js";
import { max, min } from "./extremum.js";
import { foreignModel } from "./foreign-model.js";
import { functions } from "./functions.js";
import { gather, gatherElements, gatherGradient, scatterElements, scatterNd } from "./gather.js";
import { gelu, geluGradient } from "./gelu.js";
import { gemm } from "./gemm.js";
import { globalAveragePool } from "./global-average-pool.js";
import { globalMaxPool } from "./global-max-pool.js";
import { groupNormalization, instanceNormalization } from "./group-normalization.js";
import { hardSigmoid } from "./hard-sigmoid.js";
import { hardSwish } from "./hard-swish.js";
import { dropout, identity } from "./identity.js";
import { layerNormalization, layerNormGradient } from "./layer-normalization.js";
import { leakyRelu } from "./leaky-relu.js";
import { multiLabelLoss } from "./loss/multi-label-loss.js";
import { matMul } from "./mat-mul.js";
import { maxPool, maxPoolGradient } from "./max-pool.js";
import { mish } from "./mish.js";
import { mod } from "./mod.js";
import { mul } from "./mul.js";
import type { Operator } from "./operator.js";
import { pad } from "./pad.js";
import { pow } from "./pow.js";
import { prelu } from "./prelu.js";
import { dequantizeLinear, quantizeLinear } from "./quantize-linear.js";
import { range } from "./range.js";
import { reductions } from "./reduce.js";
import { relu, reluGradient } from "./relu.js";
import { flatten, reshape, squeeze, unsqueeze } from "./reshape.js";
import { resize } from "./resize.js";
import { slice } from "./slice.js";
import { softmax, softmaxGradient } from "./softmax.js";
import { split } from "./split.js";
import { sub } from "./sub.js";
import { swish, swishGradient } from "./swish.js";
import { transpose } from "./transpose.js";
import { trilu } from "./trilu.js";
import { where } from "./where.js";

const all: readonly Operator[] = [
  ...[add, sum, sub, mul, div, mod, pow, max, min, ...comparisons, where, cast, ...functions],
  ...[
    relu,
    reluGradient,
    clip,
    clipGradient,
    hardSigmoid,
    hardSwish,
    leakyRelu,
    elu,
    prelu,
    mish,
    gelu,
    geluGradient,
    swish,
    swishGradient,
  ],
  ...[softmax, softmaxGradient, trilu],
  ...[conv, convInputGradient, convWeightGradient, gemm, matMul, einsum],
  ...[maxPool, maxPoolGradient, averagePool, averagePoolGradient, globalAveragePool, globalMaxPool],
  ...[batchNormalization, batchNormTraining, batchNormGradient, layerNormalization, layerNormGradient],
  ...[instanceNormalization, groupNormalization],
  ...reductions,
  ...[reshape, flatten, squeeze, unsqueeze, transpose, expand, tile, concat, split, pad, slice, resize],
  ...[gather, gatherGradient, gatherElements, scatterElements, scatterNd],
  ...[identity, dropout, constant, constantOfShape, shape, range, quantizeLinear, dequantizeLinear],
  multiLabelLoss,
  foreignModel,
];

const table = new Map(all.map((operator) => [`${operator.domain ?? ""}.${operator.op}`, operator]));

/** What is known of a node's operator; undefined where nothing is. */
export function operatorOf({ domain, op }: Pick<Node, "domain" | "op">): Operator | undefined {
  return table.get(`${domain}.${op}`);
}

const standard = all.filter(({ domain = "" }) => domain === "");

/** ONNX's operators that a graph may have here. */
export const knownOps: ReadonlySet<string> = new Set(standard.map(({ op }) => op));

/** Whether a gradient passes through an operator, by its own rule or by those of what it decomposes to. */
export function isDifferentiable({ gradient, decomposition }: Operator): boolean {
  return gradient !== null && (gradient ?? decomposition) !== undefined;
}

/** ONNX's operators that can stand between a trainable weight and the loss. */
export const differentiableOps: ReadonlySet<string> = new Set(
  standard.filter(isDifferentiable).map(({ op }) => op),
);
