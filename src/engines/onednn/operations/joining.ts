// Concat and Split of images along their channels.
import { intAttribute, type Node } from "../../../graph/graph.js";
import { argument, part } from "../library/codes.js";
import type { Operation, Patterns } from "../plan/operation.js";
import type { Planner } from "../plan/planner.js";
import { isImage } from "./activation.js";

const CHANNELS = 1;

function planConcat(planner: Planner, node: Node): void {
  const [output] = node.outputs;
  const { dnnl } = planner;
  const sources = node.inputs.map((input) => planner.activation(input));
  const primitive = dnnl.primitive((make, attributes) =>
    make.concat(
      make.open(planner.precision, planner.shape(output)),
      CHANNELS,
      sources.map(({ layout }) => layout.descriptor),
      attributes,
    ),
  );
  const layout = primitive?.layout(part.result);
  if (!primitive || !layout) throw new Error("oneDNN has no implementation of Concat.");
  const target = planner.create(output, layout);
  planner.run(primitive, [
    ...sources.map((source, i) => [argument.sources + i, source] as const),
    [argument.result, target],
  ]);
}

/** Each part is copied out of the whole's memory; where its channels cut a block in two, of a row-major copy's. */
function planSplit(planner: Planner, node: Node): void {
  const { dnnl } = planner;
  let whole = planner.present(node.inputs[0]);
  let start = 0;
  const offsets = node.outputs.map((output) => {
    const offset = [0, start, 0, 0];
    start += planner.shape(output)[CHANNELS];
    return offset;
  });
  const cut = () =>
    node.outputs.map((output, i) =>
      dnnl.make.part(whole.layout.descriptor, planner.shape(output), offsets[i]),
    );
  let views = cut();
  if (views.some((view) => view === undefined)) {
    whole = planner.place(node.inputs[0], dnnl.plain(whole.layout.element, whole.layout.dims));
    views = cut();
  }
  node.outputs.forEach((output, i) => {
    const view = views[i];
    if (view === undefined) throw new Error("oneDNN cannot tell a part of a row-major tensor.");
    if (!planner.wanted(output)) return;
    const layout = dnnl.alike(whole.layout.element, planner.shape(output), whole.layout);
    const target = planner.create(output, layout);
    planner.run(dnnl.reorder(view, layout.descriptor), [
      [argument.source, { block: whole.block, layout: { ...whole.layout, descriptor: view } }],
      [argument.result, target],
    ]);
  });
}

export function joiningOperation(node: Node, patterns: Patterns): Operation | undefined {
  if (node.domain !== "" || (node.op !== "Concat" && node.op !== "Split")) return undefined;
  const [first] = node.op === "Concat" ? node.outputs : node.inputs;
  if (!isImage(first, patterns)) return undefined;
  const axis = intAttribute(node, "axis", 0);
  if (axis !== CHANNELS && axis !== CHANNELS - 4) return undefined;
  patterns.take(node);
  return {
    nodes: [node],
    inputs: node.op === "Concat" ? [...new Set(node.inputs)] : [node.inputs[0]],
    outputs: node.outputs.filter((output) => output !== ""),
    plan: (planner) => (node.op === "Concat" ? planConcat : planSplit)(planner, node),
  };
}
