// ConvWeightGradient as matrix products of dY with the patches of X.
// dW[m, c, t] = Σ over images n and positions s of dY[n, m, s] · patch[n, c, t, s]

import type { GraphBuilder } from "../../../graph/builder.js";
import { intAttribute } from "../../../graph/graph.js";
import { channelsFirst, type Lowering, reshape } from "./lowering.js";
import { patches } from "./patches.js";
import { convolutionOf, suitsWinograd, Winograd } from "./winograd.js";

/** From so many positions on, a product an image and a sum over images beat one product, which must transpose. */
const MANY_POSITIONS = 500;

export const convWeightGradient: Lowering = (node, context) => {
  const { builder } = context;
  const [dY, x, w] = node.inputs;
  const [output] = node.outputs;
  const convolution = convolutionOf(node, x, w, dY, context);
  const { weight, window, outputSize } = convolution;
  const [filters, channels, ...kernel] = weight;
  const group = intAttribute(node, "group", 1);
  if (group === 1 && suitsWinograd(convolution)) {
    new Winograd(context, convolution).weightGradient(dY, x, node.name, output);
    return;
  }
  const taps = kernel.reduce((product, k) => product * k, 1);
  const positions = outputSize[0] * outputSize[1];
  const seen = patches(context, { x, channels: channels * group, window, size: outputSize });
  if (channels === 1 && filters === group) {
    depthwise(builder, dY, seen, weight, taps, output);
    return;
  }
  const parts = (value: string, count: number) =>
    group === 1
      ? [value]
      : builder.nodes("Split", [value, builder.ints(new Array(group).fill(count), "sizes")], {
          name: `${value}.groups`,
          attributes: { axis: 1 },
          outputs: group,
        });
  const columns = parts(seen, channels * taps);
  const products = parts(dY, filters / group).map((rows, i) => {
    const product = positions < MANY_POSITIONS ? whole : imageByImage;
    return product(builder, rows, columns[i], filters / group, channels * taps, output);
  });
  const all =
    group === 1
      ? products[0]
      : builder.node("Concat", products, { name: `${output}.groups`, attributes: { axis: 0 } });
  reshape(builder, all, weight, output);
};

function whole(
  builder: GraphBuilder,
  dY: string,
  seen: string,
  rows: number,
  columns: number,
  name: string,
): string {
  const left = reshape(builder, channelsFirst(builder, dY), [rows, -1]);
  const right = reshape(builder, channelsFirst(builder, seen), [columns, -1]);
  return builder.node("Gemm", [left, right], { name: `${name}.product`, attributes: { transB: 1 } });
}

function imageByImage(
  builder: GraphBuilder,
  dY: string,
  seen: string,
  rows: number,
  columns: number,
  name: string,
): string {
  const left = reshape(builder, dY, [0, rows, -1]);
  // ONNX Runtime makes the transposition part of the product.
  const right = builder.node("Transpose", [reshape(builder, seen, [0, columns, -1])], {
    name: `${name}.transpose`,
    attributes: { perm: [0, 2, 1] },
  });
  const products = builder.node("MatMul", [left, right], { name: `${name}.product` });
  return sumOverImages(builder, products, name);
}

/** A channel of its own for each filter: every tap's product with dY, an image and a channel at a time. */
function depthwise(
  builder: GraphBuilder,
  dY: string,
  seen: string,
  weight: readonly number[],
  taps: number,
  output: string,
): void {
  const left = reshape(builder, seen, [0, weight[0], taps, -1]);
  const right = reshape(builder, dY, [0, weight[0], -1, 1]);
  const products = builder.node("MatMul", [left, right], { name: `${output}.product` });
  reshape(builder, sumOverImages(builder, products, output), weight, output);
}

function sumOverImages(builder: GraphBuilder, value: string, name: string): string {
  return builder.node("ReduceSum", [value, builder.ints([0], "axes")], {
    name: `${name}.sum`,
    attributes: { keepdims: 0 },
  });
}
