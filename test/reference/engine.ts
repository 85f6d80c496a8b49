// The reference engine: plain TypeScript, float64, slow and exact; the oracle for all others.
import { UserError } from "../../src/base/errors.js";
import type { Engine, Program, Tensors } from "../../src/engines/engine.js";
import { type Graph, type Node, TRAINING } from "../../src/graph/graph.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { convolutionGradients, convolutions } from "./convolution.js";
import { elementwise, elementwiseGradients } from "./elementwise.js";
import { layout, layoutGradients } from "./layout.js";
import { linear } from "./linear.js";
import { normalizations, normalizationsInTraining } from "./normalization.js";
import { Call, type Operator } from "./operator.js";
import { poolGradients, pools } from "./pooling.js";
import { quantization } from "./quantization.js";
import { reductionGradients, reductions } from "./reduction.js";
import { resizes } from "./resize.js";
import { fromTensor, toTensor, type Value } from "./value.js";

const domains: Record<string, Record<string, Operator>> = {
  "": {
    ...elementwise,
    ...linear,
    ...convolutions,
    ...pools,
    ...normalizations,
    ...reductions,
    ...layout,
    ...resizes,
    ...quantization,
  },
  [TRAINING]: {
    ...elementwiseGradients,
    ...reductionGradients,
    ...layoutGradients,
    ...convolutionGradients,
    ...poolGradients,
    ...normalizationsInTraining,
  },
};

/** The operators that the reference engine knows. */
export const operators: readonly string[] = Object.values(domains).flatMap((domain) => Object.keys(domain));

function operatorOf(node: Node): Operator {
  const operator = domains[node.domain]?.[node.op];
  if (operator === undefined) {
    throw new UserError(
      `The reference engine does not know ${node.op}, the operator of node "${node.name}".`,
    );
  }
  return operator;
}

/** Interprets `nodes`, adding what they make to `values`. */
function interpret(nodes: readonly (readonly [Node, Operator])[], values: Map<string, Value>): void {
  for (const [node, operator] of nodes) {
    const inputs = node.inputs.map((name) => {
      const value = values.get(name);
      if (name !== "" && value === undefined)
        throw new Error(`${node.op} "${node.name}": "${name}" is not made.`);
      return value;
    });
    try {
      const result = operator(new Call(node, inputs));
      const outputs: readonly Value[] = "data" in result ? [result] : result;
      node.outputs.forEach((name, i) => {
        if (name === "") return;
        if (outputs[i] === undefined) throw new Error(`There is no output ${i}.`);
        values.set(name, outputs[i]);
      });
    } catch (cause) {
      const shapes = inputs.map((input) => (input ? `[${input.shape}]` : "none")).join(", ");
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`${node.op} "${node.name}" of ${shapes}: ${message}`, { cause });
    }
  }
}

class ReferenceProgram implements Program {
  private readonly nodes: readonly (readonly [Node, Operator])[];
  private readonly initializers: Map<string, Value>;

  constructor(private readonly graph: Graph) {
    this.nodes = graph.nodes.map((node) => [node, operatorOf(node)]);
    this.initializers = new Map([...graph.initializers].map(([name, tensor]) => [name, fromTensor(tensor)]));
  }

  async run(inputs: Tensors): Promise<Tensors> {
    const values = new Map(this.initializers);
    for (const { name, type, shape } of this.graph.inputs) {
      const tensor = inputs[name];
      if (tensor === undefined) throw new Error(`Input "${name}" is missing.`);
      const value = fromTensor(tensor);
      if (
        value.shape.length !== shape.length ||
        shape.some((n, i) => typeof n === "number" && n !== value.shape[i])
      ) {
        throw new Error(`Input "${name}" has shape [${value.shape}]; the graph says ${type} [${shape}].`);
      }
      values.set(name, value);
    }
    interpret(this.nodes, values);
    const made = (name: string): Value => {
      const value = values.get(name);
      if (value === undefined) throw new Error(`No node makes "${name}".`);
      return value;
    };
    const outputs = Object.fromEntries(this.graph.outputs.map(({ name }) => [name, toTensor(made(name))]));
    const next = [...this.graph.state].map(([name, replacement]) => [name, made(replacement)] as const);
    for (const [name, value] of next) this.replace(name, value);
    return outputs;
  }

  async readState(names: readonly string[] = [...this.graph.state.keys()]): Promise<Map<string, Tensor>> {
    return new Map(names.map((name) => [name, toTensor(this.present(name))]));
  }

  async writeState(state: ReadonlyMap<string, Tensor>): Promise<void> {
    for (const [name, tensor] of state) this.replace(name, fromTensor(tensor));
  }

  async close(): Promise<void> {}

  private present(name: string): Value {
    const value = this.initializers.get(name);
    if (value === undefined || !this.graph.state.has(name)) throw new Error(`"${name}" is no state.`);
    return value;
  }

  private replace(name: string, value: Value): void {
    const { shape } = this.present(name);
    if (shape.join() !== value.shape.join()) {
      throw new Error(`State "${name}" has shape [${shape}]; [${value.shape}] cannot replace it.`);
    }
    this.initializers.set(name, value);
  }
}

/** Interprets a graph node by node on the calling thread; every floating tensor, outputs too, is float64. */
export function referenceEngine(): Engine {
  return {
    name: "reference",
    description: "reference (float64, plain TypeScript)",
    compile: async (graph) => new ReferenceProgram(graph),
  };
}
