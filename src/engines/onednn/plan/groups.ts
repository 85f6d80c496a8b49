// Groups: element-by-element operators that JavaScript computes in one loop.
import type { Node } from "../../../graph/graph.js";
import { sizeOf } from "../../../graph/tensor.js";
import { keepsZero, literal, statementsOf } from "../../loops/expressions.js";
import { compileLoops, nestOverAxes, type Walk } from "../../loops/loops.js";
import { type Written, withoutWhere } from "../../loops/without-where.js";
import type { HostArray } from "../host/arrays.js";
import { nestOverMemory } from "../host/memory-nest.js";
import { broadcastTo, isWhole, wholeOf } from "../host/views.js";
import { isPadded, type Layout } from "../library/layout.js";
import type { Operation } from "./operation.js";
import type { Planner, Source } from "./planner.js";
import type { Place } from "./stores.js";
import { planSums } from "./sums.js";

/** The walk of a tensor by the axes of a layout that tells the first axis as two (groups, channels of a group). */
function alongLayout(walk: Walk, shape: readonly number[], layout: Layout): Walk {
  if (layout.dims.length === shape.length) return walk;
  const [first, ...rest] = walk.strides;
  return { offset: walk.offset, strides: [first * layout.dims[1], first, ...rest] };
}

const fits = (layout: Layout, shape: readonly number[]) =>
  layout.dims.join() === shape.join() ||
  (layout.dims.length === shape.length + 1 && layout.dims[0] * layout.dims[1] === shape[0]);

export function groupOperation(
  nodes: readonly Node[],
  shape: readonly number[],
  outputs: readonly string[],
): Operation {
  const made = new Set(nodes.flatMap((node) => node.outputs));
  const inputs = [
    ...new Set(nodes.flatMap((node) => node.inputs.filter((input) => input !== "" && !made.has(input)))),
  ];
  return {
    nodes,
    inputs,
    outputs,
    plan: (planner) => planGroup(planner, nodes, shape, inputs, outputs),
  };
}

/** Whether what fills up a layout's blocks stays zero. */
function staysZero(nodes: readonly Node[], full: ReadonlySet<string>, outputs: readonly string[]): boolean {
  const zero = new Map<string, boolean>();
  for (const node of nodes) {
    const operands = node.inputs.map((input) => zero.get(input) ?? full.has(input));
    for (const output of node.outputs) zero.set(output, keepsZero(node, operands));
  }
  return outputs.every((output) => zero.get(output) === true);
}

/** The layout to compute in: that of a state or of what primitives have made; row-major if none has one. */
function chooseLayout(
  planner: Planner,
  nodes: readonly Node[],
  shape: readonly number[],
  inputs: readonly string[],
  outputs: readonly string[],
): Layout | undefined {
  const full = inputs.filter((input) => planner.shape(input).join() === shape.join());
  const rest = inputs.filter((input) => !full.includes(input));
  const wanted = [
    ...full.filter((input) => planner.state.has(input)).map((input) => planner.state.layout(input)),
    ...full.filter((input) => planner.state.has(input)).map((input) => planner.hints.get(input)),
    ...full.filter((input) => !planner.known.has(input)).map((input) => planner.presentLayout(input)),
    ...outputs.map((output) => planner.hints.get(output)),
  ];
  const layout = wanted.find((one) => one?.element === "f32" && fits(one, shape));
  if (!layout || layout.plain) return undefined;
  if (!isPadded(layout)) return layout;
  const scalars = rest.every((input) => sizeOf(planner.shape(input)) === 1);
  const inMemory = full.every((input) => !planner.known.has(input));
  return scalars && inMemory && staysZero(nodes, new Set(full), outputs) ? layout : undefined;
}

function planGroup(
  planner: Planner,
  nodes: readonly Node[],
  shape: readonly number[],
  inputs: readonly string[],
  outputs: readonly string[],
): void {
  const layout = chooseLayout(planner, nodes, shape, inputs, outputs);
  if (planSums(planner, nodes, shape, outputs, layout ?? planner.plain(outputs[0]))) return;
  const whole = wholeOf(shape);
  const reads: { source: Source["from"]; walk: Walk | undefined }[] = [];
  const names = new Map<string, string>();
  const readAs = new Map<string, number>();
  for (const input of inputs) {
    const tensor = planner.known.get(input);
    if (tensor?.data.length === 1) {
      names.set(input, literal(tensor.data[0]));
      continue;
    }
    names.set(input, `r${reads.length}`);
    readAs.set(input, reads.length);
    if (layout && !tensor && planner.shape(input).join() === shape.join()) {
      reads.push({ source: planner.place(input, layout), walk: undefined });
      continue;
    }
    const { from, view } = planner.source(input);
    const walk = broadcastTo(view, shape);
    reads.push({ source: from, walk: layout ? alongLayout(walk, shape, layout) : walk });
  }

  // Read and written at the same places: one may lie over the other.
  const inMemoryAlike = inputs.filter((input) => {
    const read = readAs.get(input);
    if (read === undefined) return false;
    const { walk } = reads[read];
    return walk ? isWhole({ shape, ...walk }) : true;
  });
  const written = outputs.map((output) => {
    const target = layout ?? planner.plain(output);
    return planner.createOver(output, target, inMemoryAlike);
  });
  /** The loop over some of the nodes; it writes `values`, each to one of the places that are written. */
  const compile = (some: readonly Node[], values: readonly { value: string; to: number }[]) => {
    const known = new Map(names);
    const statements = statementsOf(some, known, (value) => planner.info(value).type);
    const walks = [
      ...reads.map(({ walk }) => walk),
      ...values.map((): Walk | undefined => (layout ? undefined : whole)),
    ];
    const nest = layout
      ? nestOverMemory(layout, walks)
      : nestOverAxes(
          shape,
          walks.map((walk) => walk ?? whole),
        );
    const results = values.map(({ value }) => known.get(value) ?? "");
    const loops = compileLoops(nest, { reads: reads.length, writes: values.length, statements, results });
    return (given: readonly HostArray[], targets: readonly HostArray[]) =>
      loops([...given, ...values.map(({ to }) => targets[to])]);
  };
  const all = compile(
    nodes,
    outputs.map((value, to) => ({ value, to })),
  );
  const condition = nodes.find(
    ({ op, inputs: [asked] }) => op === "Where" && readAs.has(asked) && sizeOf(planner.shape(asked)) === 1,
  )?.inputs[0];
  const asked = readAs.get(condition ?? "");
  let rest: typeof all | undefined;
  if (condition !== undefined) {
    const replaced = outputs.map((output, i): Written => {
      const state = planner.replaces.get(output);
      const inPlace = state !== undefined && planner.present(state).block === written[i].block;
      return [inPlace ? state : "", output];
    });
    const left = withoutWhere(nodes, replaced, condition);
    rest = compile(
      left.nodes,
      left.written.map(({ value, index: to }) => ({ value, to })),
    );
  }
  const isPlace = (from: Source["from"]): from is Place => "block" in from;
  const places = [...reads.map(({ source }) => source).filter(isPlace), ...written];
  planner.runHost(places, (arrays) => {
    const given = [...arrays];
    const operands = reads.map(({ source }) => (isPlace(source) ? (given.shift() as HostArray) : source));
    return () => (rest && asked !== undefined && operands[asked][0] === 0 ? rest : all)(operands, given);
  });
}
