// InstanceNormalization and GroupNormalization: channels, or groups of them, normalised for each image on their own
// (Wu and He 2018, arXiv:1803.08494). Both are LayerNormalization in another shape.
import type { GraphBuilder } from "../builder.js";
import { floatAttribute, intAttribute, type Node, type ValueInfo } from "../graph.js";
import { float32 } from "../tensor.js";
import { type Decomposition, knownSize, like, type Operator } from "./operator.js";

/** `groups` of the channels of an image, normalised, and in the input's shape again. */
function normalized(node: Node, groups: number, x: ValueInfo, builder: GraphBuilder): string {
  const named = (part: string) => ({ name: `${node.name}.${part}` });
  const width = x.shape.slice(1).reduce<number>((product, _, i) => product * knownSize(x, i + 1), 1) / groups;
  const one = builder.initializer(`${node.name}.one`, float32([width], new Float32Array(width).fill(1)));
  const grouped = builder.node(
    "Reshape",
    [x.name, builder.ints([0, groups, width], "shape")],
    named("groups"),
  );
  const made = builder.node("LayerNormalization", [grouped, one], {
    ...named("normal"),
    attributes: { axis: -1, epsilon: { float: floatAttribute(node, "epsilon", 1e-5) } },
  });
  const shape = x.shape.map((_, i) => (i === 0 ? 0 : knownSize(x, i)));
  return builder.node("Reshape", [made, builder.ints(shape, "shape")], named("images"));
}

/** scale · `value` + bias, channel by channel. */
function affine(
  node: Node,
  value: string,
  scale: string,
  bias: string,
  rank: number,
  builder: GraphBuilder,
): void {
  const axes = builder.ints(
    Array.from({ length: rank - 2 }, (_, i) => i + 1),
    "axes",
  );
  const wide = (of: string) => builder.node("Unsqueeze", [of, axes], { name: `${node.name}.channels` });
  const scaled = builder.node("Mul", [value, wide(scale)], { name: `${node.name}.scaled` });
  builder.node("Add", [scaled, wide(bias)], { name: node.name, outputs: [node.outputs[0]] });
}

const instances: Decomposition = (node, { builder, shape }) => {
  const [x, scale, bias] = node.inputs;
  const info = shape(x);
  affine(node, normalized(node, knownSize(info, 1), info, builder), scale, bias, info.shape.length, builder);
};

/** A scale for each channel (operator set 21), or for each group (18). */
const groups: Decomposition = (node, { builder, shape }) => {
  const [x, scale, bias] = node.inputs;
  const info = shape(x);
  const channels = knownSize(info, 1);
  const count = intAttribute(node, "num_groups", 1);
  const perChannel = (of: string) => {
    if (knownSize(shape(of), 0) === channels) return of;
    const column = builder.node("Unsqueeze", [of, builder.ints([1], "axes")], {
      name: `${node.name}.column`,
    });
    const target = builder.ints([count, channels / count], "shape");
    const table = builder.node("Expand", [column, target], { name: `${node.name}.table` });
    return builder.node("Reshape", [table, builder.ints([channels], "shape")], { name: `${node.name}.row` });
  };
  const normal = normalized(node, count, info, builder);
  affine(node, normal, perChannel(scale), perChannel(bias), info.shape.length, builder);
};

const roles = [undefined, "weight", "bias"] as const;

export const instanceNormalization: Operator = {
  op: "InstanceNormalization",
  shape: like,
  roles,
  decomposition: instances,
};
export const groupNormalization: Operator = {
  op: "GroupNormalization",
  since: 18,
  shape: like,
  roles,
  decomposition: groups,
};
