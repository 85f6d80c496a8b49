// Hosted: operators that JavaScript computes one by one, and those that only look at a value otherwise.
import type { Node } from "../../../graph/graph.js";
import type { HostArray } from "../host/arrays.js";
import type { Operator } from "../host/operator.js";
import { viewOf, wholeOf } from "../host/views.js";
import type { Operation } from "./operation.js";
import type { Planner } from "./planner.js";
import type { Place } from "./stores.js";

const present = (names: readonly string[]) => [...new Set(names.filter((name) => name !== ""))];

function planOperator(planner: Planner, node: Node, operator: Operator): void {
  const isPlace = (from: Place | HostArray): from is Place => "block" in from;
  const sources = node.inputs.map((input) => (input === "" ? undefined : planner.whole(input)));
  const results = node.outputs.map((output) =>
    output === "" ? undefined : planner.create(output, planner.plain(output)),
  );
  const places = [...sources, ...results].filter((from) => from !== undefined && isPlace(from)) as Place[];
  planner.runHost(places, (arrays) => {
    const given = [...arrays];
    const tensor = (name: string, from: Place | HostArray | undefined) => {
      const data = from === undefined ? undefined : isPlace(from) ? given.shift() : from;
      return data && { ...planner.info(name), data };
    };
    const inputs = node.inputs.map((input, i) => tensor(input, sources[i]));
    const outputs = node.outputs.map((output, i) => tensor(output, results[i]));
    return () => operator({ node, inputs, outputs });
  });
}

export function hostOperation(node: Node, operator: Operator): Operation {
  return {
    nodes: [node],
    inputs: present(node.inputs),
    outputs: present(node.outputs),
    plan: (planner) => planOperator(planner, node, operator),
  };
}

function planView(planner: Planner, node: Node): void {
  const [input] = node.inputs;
  const [output] = node.outputs;
  const shape = planner.shape(output);
  const integers = (index: number) => {
    const tensor = planner.known.get(node.inputs[index] ?? "");
    return tensor && Array.from(tensor.data);
  };
  const view = viewOf(node, planner.source(input).view, shape, integers);
  if (view) planner.addView(output, input, view);
  else {
    planner.whole(input);
    const again = viewOf(node, wholeOf(planner.shape(input)), shape, integers);
    if (!again) throw new TypeError(`${node.op} node "${node.name}" cannot be a view of its input.`);
    planner.addView(output, input, again);
  }
}

export function viewOperation(node: Node): Operation {
  return {
    nodes: [node],
    inputs: present(node.inputs),
    outputs: [node.outputs[0]],
    plan: (planner) => planView(planner, node),
  };
}
