// Convolutions, with what follows them done before they store their result; and their gradients.
import { type Window, windowOf } from "../../../graph/convolution.js";
import { intAttribute, type Node, TRAINING } from "../../../graph/graph.js";
import { argument, part } from "../library/codes.js";
import { algorithms, type Constructors, type Geometry, propagation } from "../library/constructors.js";
import type { PostOp } from "../library/dnnl.js";
import type { Layout } from "../library/layout.js";
import type { Handle } from "../library/native.js";
import type { Primitive } from "../library/primitive.js";
import type { Operation, Patterns } from "../plan/operation.js";
import type { Planner } from "../plan/planner.js";
import type { Place } from "../plan/stores.js";
import { type Activation, activationOf, activationPostOp } from "./activation.js";

export function geometryOf(window: Window): Geometry {
  return {
    strides: window.strides,
    dilates: window.dilations.map((dilation) => dilation - 1),
    before: window.pads.slice(0, 2),
    after: window.pads.slice(2),
  };
}

/** The kernel's dimensions as oneDNN wants them: groups are one of their own. */
function kernelDims(shape: readonly number[], groups: number): number[] {
  const [out, ...rest] = shape;
  return groups === 1 ? [...shape] : [groups, out / groups, ...rest];
}

interface Shapes {
  readonly source: readonly number[];
  readonly kernel: readonly number[];
  readonly result: readonly number[];
  readonly geometry: Geometry;
}

function shapesOf(planner: Planner, node: Node, x: string, w: string, y: string): Shapes {
  const shape = planner.shape(w);
  return {
    source: planner.shape(x),
    kernel: kernelDims(shape, intAttribute(node, "group", 1)),
    result: planner.shape(y),
    geometry: geometryOf(windowOf(node, shape.slice(2))),
  };
}

/** Fewer tiles of 4 × 4 results than that do not pay for bringing the kernel into Winograd's form. */
const TILES = 32;

/**
 * Winograd's F(4 × 4, 3 × 3) multiplies 36 times where the sums have 144 products (Lavin and Gray, 2016,
 * arXiv:1509.09308). In bfloat16 oneDNN has none.
 */
function paysByWinograd(planner: Planner, { kernel, result, geometry }: Shapes): boolean {
  const [images, , height, width] = result;
  const tiles = images * Math.ceil(height / 4) * Math.ceil(width / 4);
  const small = kernel.length === 4 && kernel[2] === 3 && kernel[3] === 3;
  const dense = [...geometry.strides, ...geometry.dilates.map((dilate) => dilate + 1)].every((n) => n === 1);
  return planner.precision === "f32" && small && dense && tiles >= TILES;
}

/** The primitive by the fastest algorithm that oneDNN has for it. */
function fastest(
  planner: Planner,
  shapes: Shapes,
  describe: (make: Constructors, attributes: Handle, algorithm: number) => Handle | undefined,
  postOps: readonly PostOp[] = [],
): Primitive | undefined {
  const by = (algorithm: number) =>
    planner.dnnl.primitive((make, attributes) => describe(make, attributes, algorithm), postOps);
  const found = paysByWinograd(planner, shapes) ? by(algorithms.winograd) : undefined;
  return found ?? by(algorithms.convolution);
}

function offered(primitive: Primitive | undefined, node: Node): Primitive {
  if (primitive) return primitive;
  throw new Error(`oneDNN has no implementation of ${node.op} node "${node.name}".`);
}

export function layoutOf(primitive: Primitive, which: number): Layout {
  const layout = primitive.layout(which);
  if (!layout)
    throw new Error(`oneDNN chose a layout (${primitive.implementation}) that only it understands.`);
  return layout;
}

function forward(
  planner: Planner,
  shapes: Shapes,
  bias: boolean,
  postOps: readonly PostOp[],
  chosen?: Layout,
): Primitive | undefined {
  const { precision } = planner;
  const { source, kernel, result, geometry } = shapes;
  return fastest(
    planner,
    shapes,
    (make, attributes, algorithm) =>
      make.convolutionForward(
        propagation.training,
        algorithm,
        make.open(precision, source),
        make.open(precision, kernel),
        bias ? make.strided("f32", [result[1]], [1]) : null,
        chosen ? chosen.descriptor : make.open(precision, result),
        geometry,
        attributes,
      ),
    postOps,
  );
}

interface Chain {
  readonly conv: Node;
  /** What is added to the convolution's result. */
  readonly residual?: string;
  readonly activation?: Activation;
  /** The last value. */
  readonly result: string;
}

/** A chain Conv → Add → activation, as far as nobody else wants what lies between. */
function chainFrom(conv: Node, patterns: Patterns): { chain: Chain; nodes: Node[] } {
  const nodes = [conv];
  let result = conv.outputs[0];
  let residual: string | undefined;
  let activation: Activation | undefined;
  let next = patterns.onlyUser(result);
  if (next && (next.op === "Add" || next.op === "Sum") && next.domain === "" && next.inputs.length === 2) {
    const other = next.inputs[next.inputs[0] === result ? 1 : 0];
    if (other !== result && patterns.sameShape(other, result)) {
      residual = other;
      nodes.push(next);
      result = next.outputs[0];
      next = patterns.onlyUser(result);
    }
  }
  const found = next && activationOf(next, patterns);
  if (next && found) {
    activation = found;
    nodes.push(next);
    result = next.outputs[0];
  }
  return { chain: { conv, residual, activation, result }, nodes };
}

function planForward(
  planner: Planner,
  { conv, residual, activation, result }: Chain,
  plain: Primitive,
): void {
  const { dnnl } = planner;
  const [x, w, b] = conv.inputs;
  const shapes = shapesOf(planner, conv, x, w, conv.outputs[0]);
  const layout = layoutOf(plain, part.result);
  const source = planner.place(x, layoutOf(plain, part.source));
  const dying = residual === undefined ? undefined : planner.dyingPlace(residual, layout);
  const over = dying?.block === source.block ? undefined : dying;
  const added: PostOp[] =
    residual === undefined
      ? []
      : over
        ? [{ kind: "sum" }]
        : [{ kind: "binary", algorithm: algorithms.add, operand: layout.descriptor }];
  const last = activation ? [activationPostOp(dnnl, activation)] : [];
  const primitive = offered(
    added.length + last.length === 0
      ? plain
      : forward(planner, shapes, b !== undefined && b !== "", [...added, ...last], layout),
    conv,
  );
  const args = [
    [argument.source, planner.place(x, layoutOf(primitive, part.source))],
    [argument.weights, planner.place(w, layoutOf(primitive, part.weights))],
  ] as [number, Place][];
  if (b) args.push([argument.bias, planner.place(b, dnnl.plain("f32", planner.shape(b)))]);
  if (residual !== undefined && !over) args.push([dnnl.make.postOperand(0), planner.place(residual, layout)]);
  const target = planner.create(result, layout, over?.block);
  planner.run(primitive, [...args, [argument.result, target]]);
}

function forwardOperation(conv: Node, patterns: Patterns): Operation {
  const { chain, nodes } = chainFrom(conv, patterns);
  patterns.take(...nodes);
  const [x, w, b] = conv.inputs;
  let plain: Primitive | undefined;
  const inputs = [x, w, ...(b ? [b] : []), ...(chain.residual === undefined ? [] : [chain.residual])];
  return {
    nodes,
    inputs: [...new Set(inputs)],
    outputs: [chain.result],
    prepare(planner) {
      const shapes = shapesOf(planner, conv, x, w, conv.outputs[0]);
      plain = offered(forward(planner, shapes, Boolean(b), []), conv);
      planner.hint(x, layoutOf(plain, part.source));
    },
    plan: (planner) => {
      if (plain) planForward(planner, chain, plain);
    },
  };
}

function planInputGradient(planner: Planner, node: Node): void {
  const [dY, w, x] = node.inputs;
  const shapes = shapesOf(planner, node, x, w, dY);
  const hint = offered(forward(planner, shapes, false, []), node);
  const { source, kernel, result, geometry } = shapes;
  const primitive = offered(
    fastest(planner, shapes, (make, attributes, algorithm) =>
      make.convolutionBackwardData(
        algorithm,
        make.open(planner.precision, source),
        make.open(planner.precision, kernel),
        make.open(planner.precision, result),
        geometry,
        hint.descriptor,
        attributes,
      ),
    ),
    node,
  );
  hint.destroy();
  const gradient = planner.place(dY, layoutOf(primitive, part.gradientOfResult));
  const weights = planner.place(w, layoutOf(primitive, part.weights));
  const target = planner.create(node.outputs[0], layoutOf(primitive, part.gradientOfSource));
  planner.run(primitive, [
    [argument.gradientOfResult, gradient],
    [argument.weights, weights],
    [argument.gradientOfSource, target],
  ]);
}

function inputGradientOperation(node: Node, patterns: Patterns): Operation {
  patterns.take(node);
  // Of the input only the shape is used.
  return {
    nodes: [node],
    inputs: [...new Set(node.inputs.slice(0, 2))],
    outputs: [node.outputs[0]],
    plan: (planner) => planInputGradient(planner, node),
  };
}

/** The node that sums a gradient over all but the channels: the gradient of a bias. */
function biasGradientOf(dY: string, patterns: Patterns): Node | undefined {
  return patterns.usersOf(dY).find((node) => {
    if (node.op !== "ReduceSum" || node.domain !== "" || patterns.taken.has(node)) return false;
    if (node.inputs[0] !== dY || intAttribute(node, "keepdims", 1) !== 0) return false;
    return patterns.integers(node.inputs[1])?.join() === "0,2,3";
  });
}

function weightGradientOperation(node: Node, patterns: Patterns): Operation {
  const [dY, x, w] = node.inputs;
  const bias = biasGradientOf(dY, patterns);
  patterns.take(node, ...(bias ? [bias] : []));
  let primitive: Primitive | undefined;
  return {
    nodes: bias ? [node, bias] : [node],
    inputs: [...new Set([dY, x])],
    outputs: [node.outputs[0], ...(bias ? [bias.outputs[0]] : [])],
    prepare(planner) {
      const shapes = shapesOf(planner, node, x, w, dY);
      const { source, kernel, result, geometry } = shapes;
      const hint = offered(forward(planner, shapes, bias !== undefined, []), node);
      primitive = offered(
        fastest(planner, shapes, (make, attributes, algorithm) =>
          make.convolutionBackwardWeights(
            algorithm,
            make.open(planner.precision, source),
            make.open("f32", kernel),
            bias ? make.strided("f32", [result[1]], [1]) : null,
            make.open(planner.precision, result),
            geometry,
            hint.descriptor,
            attributes,
          ),
        ),
        node,
      );
      hint.destroy();
      planner.hint(w, layoutOf(primitive, part.gradientOfWeights));
    },
    plan(planner) {
      if (!primitive) return;
      const weights = planner.create(node.outputs[0], layoutOf(primitive, part.gradientOfWeights));
      const args: [number, Place][] = [
        [argument.source, planner.place(x, layoutOf(primitive, part.source))],
        [argument.gradientOfResult, planner.place(dY, layoutOf(primitive, part.gradientOfResult))],
        [argument.gradientOfWeights, weights],
      ];
      if (bias) {
        const [output] = bias.outputs;
        args.push([argument.gradientOfBias, planner.create(output, planner.plain(output))]);
      }
      planner.run(primitive, args);
    },
  };
}

export function convolutionOperation(node: Node, patterns: Patterns): Operation | undefined {
  if (node.domain === "" && node.op === "Conv") return forwardOperation(node, patterns);
  if (node.domain !== TRAINING) return undefined;
  if (node.op === "ConvInputGradient") return inputGradientOperation(node, patterns);
  if (node.op === "ConvWeightGradient") return weightGradientOperation(node, patterns);
  return undefined;
}
