// quantize: a network whose convolutions compute on bytes, in the form that runtimes fuse: QuantizeLinear and
// DequantizeLinear around float operators, which give the same numbers also where nothing is fused.
import { GraphBuilder } from "../builder.js";
import type { Graph, Node } from "../graph.js";
import { prune } from "../passes/prune.js";
import { float32, tensor } from "../tensor.js";
import { type Affine, affineOf, quantizeChannels, type Range } from "./affine.js";
import { isSaturation, type Places } from "./places.js";

/** A bias may take half of an int32's range: the sum of products needs the rest. */
const GREATEST_BIAS = 2 ** 30;

/**
 * @param graph a network that infers, its BatchNormalizations folded
 * @param ranges of the values of `places`, but for those that share another's
 */
export function quantize(graph: Graph, places: Places, ranges: ReadonlyMap<string, Range>): Graph {
  const quantized = graph.clone();
  const builder = new GraphBuilder(quantized);
  quantized.nodes = [];
  const producers = graph.producers();
  const affines = new Map<string, Affine>();
  /** A quantized value → what it is called when it has been bytes. */
  const passed = new Map<string, string>();

  const pass = (value: string) => {
    const source = places.shared.get(value);
    const range = ranges.get(value);
    const affine = source ? affines.get(source) : range && affineOf(range);
    if (!affine) throw new RangeError(`The range of ${value} is not known.`);
    affines.set(value, affine);
    const scale = builder.initializer(`${value}.scale`, float32([], [affine.scale]));
    const zero = builder.initializer(`${value}.zero`, tensor("uint8", [], Uint8Array.of(affine.zeroPoint)));
    const maker = producers.get(value);
    // Bytes from 0 up saturate as the activation does.
    const from = maker && affine.zeroPoint === 0 && saturates(maker, graph, affine) ? maker.inputs[0] : value;
    const bytes = builder.node("QuantizeLinear", [from, scale, zero], { name: `${value}.quantize` });
    passed.set(
      value,
      builder.node("DequantizeLinear", [bytes, scale, zero], { name: `${value}.dequantize` }),
    );
  };

  const chosen = new Set(places.values);
  for (const { name } of graph.inputs) if (chosen.has(name)) pass(name);
  for (const node of graph.nodes) {
    const [x] = node.inputs;
    const inputs = node.inputs.map((input) => passed.get(input) ?? input);
    const affine = affines.get(x);
    const onBytes = places.convolutions.has(node) && affine !== undefined;
    quantized.nodes.push(onBytes ? convolution(builder, node, inputs[0], affine.scale) : { ...node, inputs });
    for (const output of node.outputs) if (chosen.has(output)) pass(output);
  }
  return prune(quantized);
}

function saturates(maker: Node, graph: Graph, { scale }: Affine): boolean {
  if (!isSaturation(maker, graph)) return false;
  const high = maker.op === "Clip" ? graph.initializers.get(maker.inputs[2] ?? "")?.data[0] : undefined;
  // The range was measured behind the activation, but for the rounding of its scale.
  return high === undefined || 255 * scale <= Number(high) * (1 + 1e-6);
}

/** The convolution with its weight from int8, a scale a channel, and its bias from int32. */
function convolution(builder: GraphBuilder, node: Node, x: string, scale: number): Node {
  const { graph } = builder;
  const [, weightName, biasName] = node.inputs;
  const weight = graph.initializers.get(weightName);
  const bias = biasName ? graph.initializers.get(biasName) : undefined;
  if (weight?.type !== "float32" || (bias && bias.type !== "float32")) {
    throw new TypeError(`The weights of ${node.op} node "${node.name}" are not float32.`);
  }
  const [channels] = weight.shape;
  const { data, scales } = quantizeChannels(weight.data, channels, (c) =>
    bias ? Math.abs(bias.data[c]) / scale / GREATEST_BIAS : 0,
  );
  const attributes = { axis: 0 };
  const dequantized = (name: string, values: string, by: Float32Array) =>
    builder.node(
      "DequantizeLinear",
      [values, builder.initializer(`${name}.scale`, float32([channels], by))],
      {
        name: `${name}.dequantize`,
        attributes,
      },
    );
  const inputs = [
    x,
    dequantized(
      weightName,
      builder.initializer(`${weightName}.int8`, tensor("int8", weight.shape, data)),
      scales,
    ),
  ];
  if (bias) {
    const units = scales.map((s) => s * scale);
    const whole = Int32Array.from(bias.data, (value, c) => Math.round(value / units[c]));
    const name = builder.initializer(`${biasName}.int32`, tensor("int32", [channels], whole));
    inputs.push(dequantized(biasName, name, units));
  }
  return { ...node, inputs };
}
