// OnednnProgram: a graph that oneDNN computes, by a plan for each set of shapes.
import { UserError } from "../../base/errors.js";
import type { Graph } from "../../graph/graph.js";
import { inferShapes } from "../../graph/shapes.js";
import type { Tensor } from "../../graph/tensor.js";
import type { Computing } from "../constant-program.js";
import type { Tensors } from "../engine.js";
import { prepare } from "./passes/prepare.js";
import { Plan, type Surroundings, type Watch } from "./plan/plan.js";
import { Constants } from "./plan/stores.js";

/** The values whose first dimension has a name. */
function batchedOf(graph: Graph): Set<string> {
  const infos = [...inferShapes(graph).values()];
  return new Set(infos.filter(({ shape }) => typeof shape[0] === "string").map(({ name }) => name));
}

/**
 * oneDNN's ReLU makes 0 of NaN, where ONNX's and PyTorch's hands it on: a network that has come to nothing would
 * look sound. Its statistics and biases tell, and then its outputs are what they would have been.
 */
function spoil({ type, data }: Tensor): void {
  if (type === "float32" || type === "float64") data.fill(Number.NaN);
}

/**
 * Plans that are kept, one a size of batch: a service meets all sizes up to its largest batch. For a ResNet-50 a plan
 * takes 5 MB; to make it again for each batch takes time, and leaves holes in memory.
 */
const PLANS = 32;

export class OnednnProgram implements Computing {
  private readonly graph: Graph;
  private readonly around: Surroundings;
  private readonly plans = new Map<string, Plan>();

  constructor(
    graph: Graph,
    shared: Omit<Surroundings, "known" | "batched" | "constants">,
    private readonly watch?: Watch,
  ) {
    const prepared = prepare(graph);
    this.graph = prepared.graph;
    this.around = {
      ...shared,
      known: prepared.known,
      batched: batchedOf(prepared.graph),
      constants: new Constants(shared.dnnl),
    };
  }

  run(inputs: Tensors, fetch: readonly string[]): Tensors {
    const outputs = this.plan(inputs).run(inputs, fetch, this.watch);
    if (!this.around.state.isFinite()) for (const tensor of Object.values(outputs)) spoil(tensor);
    return outputs;
  }

  close(): void {
    for (const plan of this.plans.values()) plan.free();
    this.around.constants.free();
  }

  private plan(inputs: Tensors): Plan {
    const { state } = this.around;
    const shapes = new Map<string, readonly number[]>();
    const left: string[] = [];
    for (const { name, type, shape } of this.graph.inputs) {
      const tensor = inputs[name] ?? (state.has(name) ? state.info(name) : undefined);
      if (!tensor) throw new UserError(`Input ${name} is missing.`);
      const fits =
        tensor.type === type &&
        tensor.shape.length === shape.length &&
        shape.every((size, axis) => typeof size === "string" || size === tensor.shape[axis]);
      if (!fits) {
        throw new UserError(
          `Input ${name} is ${tensor.type} [${tensor.shape}]; the graph wants ${type} [${shape}].`,
        );
      }
      shapes.set(name, tensor.shape);
      if (!inputs[name]) left.push(`${name} ${state.layout(name)?.key}`);
    }
    const key = JSON.stringify([[...shapes.values()], left]);
    const known = this.plans.get(key);
    this.plans.delete(key);
    const plan = known ?? new Plan(this.graph, shapes, this.around, new Set(Object.keys(inputs)));
    this.plans.set(key, plan);
    for (const [old, given] of this.plans) {
      if (this.plans.size <= PLANS) break;
      this.plans.delete(old);
      given.free();
    }
    return plan;
  }
}
