// Operator: how the code of one operator is called on row-major arrays.
import type { Node } from "../../../graph/graph.js";
import type { HostTensor } from "./arrays.js";

export interface Call {
  readonly node: Node;
  readonly inputs: readonly (HostTensor | undefined)[];
  /** To be filled; undefined where nobody wants one. */
  readonly outputs: readonly (HostTensor | undefined)[];
}

/** Fills the outputs from the inputs. */
export type Operator = (call: Call) => void;

export function inputOf({ inputs, node }: Call, index: number): HostTensor {
  const input = inputs[index];
  if (!input) throw new TypeError(`Input ${index} of ${node.op} node "${node.name}" is missing.`);
  return input;
}
