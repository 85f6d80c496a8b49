// Start: what the engine gives its worker.
import { Graph } from "../../graph/graph.js";
import type { Precision } from "../engine.js";

/** A graph as a message: the same fields, without a class. */
export type GraphFields = Pick<Graph, "name" | "inputs" | "outputs" | "initializers" | "nodes" | "state">;

export interface Start {
  /** The library's file. */
  readonly library: string;
  readonly threads: number;
  readonly precision: Precision;
  readonly graph: GraphFields;
}

export function fieldsOf({ name, inputs, outputs, initializers, nodes, state }: Graph): GraphFields {
  return { name, inputs, outputs, initializers, nodes, state };
}

export function graphOf(fields: GraphFields): Graph {
  return Object.assign(new Graph(), fields);
}
