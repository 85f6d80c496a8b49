// Matrix products.
import { floatAttribute, intAttribute, type Node } from "../../../graph/graph.js";
import { argument } from "../library/codes.js";
import { type Layout, rowMajor } from "../library/layout.js";
import type { Operation, Patterns } from "../plan/operation.js";
import type { Planner } from "../plan/planner.js";
import type { Place } from "../plan/stores.js";

/** A row-major matrix, or a stack of them, seen with its last two dimensions exchanged. */
function transposed(planner: Planner, dims: readonly number[]): Layout {
  const rank = dims.length;
  const strides = rowMajor(dims);
  const swap = (list: readonly number[]) => [...list.slice(0, rank - 2), list[rank - 1], list[rank - 2]];
  return planner.dnnl.strided("f32", swap(dims), swap(strides));
}

function planProduct(
  planner: Planner,
  operands: readonly [string, string],
  turned: readonly [boolean, boolean],
  bias: string | undefined,
  result: string,
): void {
  const { dnnl } = planner;
  const dims = planner.shape(result);
  const rank = dims.length;
  const places = operands.map((name, i): Place => {
    const own = planner.shape(name);
    const shape = [...new Array<number>(rank - own.length).fill(1), ...own];
    const { block } = planner.place(name, planner.plain(name));
    return { block, layout: turned[i] ? transposed(planner, shape) : dnnl.plain("f32", shape) };
  });
  const added =
    bias === undefined
      ? undefined
      : { ...planner.place(bias, planner.plain(bias)), layout: dnnl.plain("f32", [1, dims[rank - 1]]) };
  const layout = dnnl.plain("f32", dims);
  const primitive = dnnl.primitive((make, attributes) =>
    make.matmul(
      places[0].layout.descriptor,
      places[1].layout.descriptor,
      added ? added.layout.descriptor : null,
      layout.descriptor,
      attributes,
    ),
  );
  if (!primitive) throw new Error(`oneDNN has no implementation of a product that gives [${dims}].`);
  planner.run(primitive, [
    [argument.source, places[0]],
    [argument.weights, places[1]],
    ...(added ? [[argument.bias, added] as const] : []),
    [argument.result, planner.create(result, layout)],
  ]);
}

/** Gemm as the pass that prepares graphs leaves it: A·B, perhaps turned, and a bias of one row at most. */
export function linearOperation(node: Node, patterns: Patterns): Operation | undefined {
  if (node.domain !== "" || (node.op !== "Gemm" && node.op !== "MatMul")) return undefined;
  const [a, b, c] = node.inputs;
  if (floatAttribute(node, "alpha", 1) !== 1 || patterns.type(a) !== "float32") return undefined;
  const turned = [intAttribute(node, "transA", 0) === 1, intAttribute(node, "transB", 0) === 1] as const;
  const [output] = node.outputs;
  patterns.take(node);
  return {
    nodes: [node],
    inputs: [...new Set([a, b, ...(c ? [c] : [])])],
    outputs: [output],
    plan: (planner) => planProduct(planner, [a, b], turned, c || undefined, output),
  };
}
