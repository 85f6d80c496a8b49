// The reference engine: plain TypeScript, float64, slow and exact; the oracle for all others.
import { UserError } from "../../src/base/errors.js";
import { type Engine, engineOf, type Program, type Session, type Tensors } from "../../src/engines/engine.js";
import { type Graph, type Node, TRAINING } from "../../src/graph/graph.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { convolutionGradients, convolutions } from "./convolution.js";
import { elementwise, elementwiseGradients } from "./elementwise.js";
import { layout, layoutGradients } from "./layout.js";
import { linear } from "./linear.js";
import { losses } from "./loss.js";
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
    ...losses,
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

class ReferenceSession implements Session {
  private readonly values = new Map<string, Value>();
  /** Values that each run of a program makes anew. */
  private readonly lent = new Set<string>();

  async compile(graph: Graph): Promise<Program> {
    const nodes = graph.nodes.map((node) => [node, operatorOf(node)] as const);
    const constants = new Map<string, Value>();
    for (const [name, tensor] of graph.initializers) {
      if (!graph.state.has(name)) constants.set(name, fromTensor(tensor));
      else if (this.values.has(name)) checkShape(name, this.present(name), tensor);
      else this.values.set(name, fromTensor(tensor));
    }
    for (const name of graph.state.keys()) if (!graph.initializers.has(name)) this.lent.add(name);
    return {
      run: async (inputs, { fetch = graph.outputs.map(({ name }) => name) } = {}) => {
        const made = this.run(graph, nodes, constants, inputs);
        return Object.fromEntries(fetch.map((name) => [name, toTensor(made(name))]));
      },
      close: async () => undefined,
    };
  }

  private run(
    graph: Graph,
    nodes: readonly (readonly [Node, Operator])[],
    constants: ReadonlyMap<string, Value>,
    inputs: Tensors,
  ): (name: string) => Value {
    const values = new Map(constants);
    for (const name of graph.state.keys()) if (!this.lent.has(name)) values.set(name, this.present(name));
    for (const { name, type, shape } of graph.inputs) {
      const tensor = inputs[name];
      if (tensor === undefined && !this.values.has(name)) throw new Error(`Input "${name}" is missing.`);
      const value = tensor ? fromTensor(tensor) : this.present(name);
      if (
        value.shape.length !== shape.length ||
        shape.some((n, i) => typeof n === "number" && n !== value.shape[i])
      ) {
        throw new Error(`Input "${name}" has shape [${value.shape}]; the graph says ${type} [${shape}].`);
      }
      values.set(name, value);
    }
    interpret(nodes, values);
    const made = (name: string): Value => {
      const value = values.get(name);
      if (value === undefined) throw new Error(`No node makes "${name}".`);
      return value;
    };
    const next = [...graph.state].map(([name, replacement]) => [name, made(replacement)] as const);
    for (const [name, value] of next) {
      if (!this.lent.has(name)) checkShape(name, this.present(name), value);
      this.values.set(name, value);
    }
    return made;
  }

  async read(names?: readonly string[]): Promise<Map<string, Tensor>> {
    const wanted = names ?? [...this.values.keys()].filter((name) => !this.lent.has(name));
    return new Map(wanted.map((name) => [name, toTensor(this.present(name))]));
  }

  async write(values: ReadonlyMap<string, Tensor>): Promise<void> {
    for (const [name, tensor] of values) checkShape(name, this.present(name), tensor);
    for (const [name, tensor] of values) this.values.set(name, fromTensor(tensor));
  }

  async close(): Promise<void> {}

  private present(name: string): Value {
    const value = this.values.get(name);
    if (value === undefined) throw new Error(`The session has no value named "${name}".`);
    return value;
  }
}

function checkShape(name: string, { shape }: Pick<Value, "shape">, given: Pick<Value, "shape">): void {
  if (shape.join() !== given.shape.join()) {
    throw new Error(`Value "${name}" has shape [${shape}]; [${given.shape}] cannot replace it.`);
  }
}

/** Interprets a graph node by node on the calling thread; every floating tensor, outputs too, is float64. */
export function referenceEngine(): Engine {
  return engineOf({
    name: "reference",
    description: "reference (float64, plain TypeScript)",
    open: async () => new ReferenceSession(),
  });
}
