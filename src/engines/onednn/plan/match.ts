// Match: a graph as the operations that it is run as, in the order in which they are run.
import { UserError } from "../../../base/errors.js";
import type { Graph } from "../../../graph/graph.js";
import { operatorOf } from "../host/operators.js";
import { makesView } from "../host/views.js";
import { activationOperation } from "../operations/activation.js";
import { binaryOperation } from "../operations/binary.js";
import { convolutionOperation } from "../operations/convolution.js";
import { joiningOperation } from "../operations/joining.js";
import { linearOperation } from "../operations/linear.js";
import { normalizationOperations } from "../operations/normalization.js";
import { poolingOperations } from "../operations/pooling.js";
import { squareSumOperation } from "../operations/square-sum.js";
import { groupNodes } from "./grouping.js";
import { hostOperation, viewOperation } from "./hosted.js";
import type { Operation, Patterns } from "./operation.js";

/** The operations of a graph, the patterns of more nodes first. */
export function operationsOf(patterns: Patterns): Operation[] {
  const { nodes } = patterns.graph;
  const operations: Operation[] = [];
  const each = (find: (node: Graph["nodes"][number]) => readonly (Operation | undefined)[]) => {
    for (const node of nodes) {
      if (patterns.taken.has(node)) continue;
      for (const operation of find(node)) if (operation) operations.push(operation);
    }
  };
  each((node) => normalizationOperations(node, patterns));
  each((node) => [convolutionOperation(node, patterns)]);
  each((node) => poolingOperations(node, patterns));
  each((node) => [
    binaryOperation(node, patterns) ??
      activationOperation(node, patterns) ??
      linearOperation(node, patterns) ??
      joiningOperation(node, patterns) ??
      squareSumOperation(node, patterns),
  ]);
  each((node) => {
    if (!makesView(node)) return [];
    patterns.take(node);
    return [viewOperation(node)];
  });
  operations.push(...groupNodes(patterns));
  each((node) => {
    const operator = operatorOf(node);
    if (!operator) {
      throw new UserError(`The oneDNN engine cannot run ${node.op}, the operator of node "${node.name}".`);
    }
    patterns.take(node);
    return [hostOperation(node, operator)];
  });
  return inOrder(operations, patterns);
}

/**
 * The order of the graph, save that what only makes next values of the state runs as soon as it can: when its
 * inputs are there and nobody is yet to read the values that it replaces. Gradients are so used while they are
 * warm, and their memory is free again.
 */
function inOrder(operations: readonly Operation[], { graph }: Patterns): Operation[] {
  const position = new Map(graph.nodes.map((node, i) => [node, i]));
  const stateOf = new Map([...graph.state].map(([state, next]) => [next, state]));
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const makers = new Map<string, Operation>();
  const readers = new Map<string, Operation[]>();
  for (const operation of operations) {
    for (const output of operation.outputs) makers.set(output, operation);
    for (const input of operation.inputs) readers.set(input, [...(readers.get(input) ?? []), operation]);
  }
  const rank = new Map<Operation, number>();
  const waitsFor = new Map<Operation, Set<Operation>>();
  for (const operation of operations) {
    const before = new Set<Operation>();
    for (const input of operation.inputs) {
      const maker = makers.get(input);
      if (maker && maker !== operation) before.add(maker);
    }
    const onlyUpdates = operation.outputs.every(
      (output) => stateOf.has(output) && !outputs.has(output) && !readers.has(output),
    );
    if (onlyUpdates) {
      for (const output of operation.outputs) {
        for (const reader of readers.get(stateOf.get(output) ?? "") ?? []) {
          // Two updates that read each other's states cannot wait for one another.
          if (reader !== operation && !isUpdate(reader)) before.add(reader);
        }
      }
    }
    rank.set(
      operation,
      onlyUpdates ? -1 : Math.max(...operation.nodes.map((node) => position.get(node) ?? 0)),
    );
    waitsFor.set(operation, before);
  }
  function isUpdate(operation: Operation): boolean {
    return operation.outputs.every((output) => stateOf.has(output) && !readers.has(output));
  }

  const followers = new Map<Operation, Operation[]>();
  const open = new Map<Operation, number>();
  for (const [operation, before] of waitsFor) {
    open.set(operation, before.size);
    for (const one of before) followers.set(one, [...(followers.get(one) ?? []), operation]);
  }
  const ready = operations.filter((operation) => open.get(operation) === 0);
  const ordered: Operation[] = [];
  const rankOf = (operation: Operation) => rank.get(operation) ?? 0;
  while (ready.length > 0) {
    let best = 0;
    for (let i = 1; i < ready.length; i++) if (rankOf(ready[i]) < rankOf(ready[best])) best = i;
    const [operation] = ready.splice(best, 1);
    ordered.push(operation);
    for (const follower of followers.get(operation) ?? []) {
      const left = (open.get(follower) ?? 0) - 1;
      open.set(follower, left);
      if (left === 0) ready.push(follower);
    }
  }
  if (ordered.length < operations.length)
    throw new Error("The operations of the graph wait for one another.");
  return ordered;
}
