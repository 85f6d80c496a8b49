// Without Where: element-by-element nodes when the condition of a whole step is known to be false.
import type { Node } from "../../graph/graph.js";

/** A state, and the value that replaces it. */
export type Written = readonly [state: string, value: string];

/**
 * What is left where a condition is false: no state is written that stays as it is (between the updates of a group of
 * batches, all but the sum of the gradients), and nothing is computed that nobody wants.
 * @returns the nodes that are left; and of what is still written the state, the value and its index in `written`
 */
export function withoutWhere(nodes: readonly Node[], written: readonly Written[], condition: string) {
  const instead = new Map<string, string>();
  const meant = (value: string) => instead.get(value) ?? value;
  const left: Node[] = [];
  for (const node of nodes) {
    const inputs = node.inputs.map(meant);
    if (node.op === "Where" && inputs[0] === condition) instead.set(node.outputs[0], inputs[2]);
    else left.push({ ...node, inputs });
  }
  const changed = written
    .map(([state, value], index) => ({ state, value: meant(value), index }))
    .filter(({ state, value }) => state !== value);
  const wanted = new Set(changed.map(({ value }) => value));
  const kept = left.toReversed().filter(({ inputs, outputs: [output] }) => {
    if (wanted.has(output)) for (const input of inputs) wanted.add(input);
    return wanted.has(output);
  });
  return { nodes: kept.reverse(), written: changed };
}
