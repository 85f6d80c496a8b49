// OnednnComputer: a compiled graph in the thread that computes it: its state, and a plan for each set of shapes.
import { UserError } from "../../base/errors.js";
import type { Graph } from "../../graph/graph.js";
import { inferShapes } from "../../graph/shapes.js";
import type { Tensor } from "../../graph/tensor.js";
import type { Tensors } from "../engine.js";
import type { Computer } from "../worker/serve.js";
import { Dnnl } from "./library/dnnl.js";
import { prepare } from "./passes/prepare.js";
import { Arena, Plan, type Surroundings, type Watch } from "./plan/plan.js";
import { Constants, State } from "./plan/stores.js";
import { graphOf, type Start } from "./start.js";

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

export class OnednnComputer implements Computer {
  private readonly graph: Graph;
  private readonly around: Surroundings;
  private readonly plans = new Map<string, Plan>();

  constructor({ library, threads, precision, graph }: Start) {
    const dnnl = new Dnnl(library, threads);
    const initial = graphOf(graph);
    const states = new Map<string, Tensor>();
    for (const name of initial.state.keys()) {
      const tensor = initial.initializers.get(name);
      if (!tensor) throw new TypeError(`State ${name} is no initializer of the graph.`);
      states.set(name, tensor);
    }
    const prepared = prepare(initial);
    this.graph = prepared.graph;
    this.around = {
      dnnl,
      known: prepared.known,
      batched: batchedOf(prepared.graph),
      constants: new Constants(dnnl),
      state: new State(dnnl, states),
      threads,
      precision: precision === "bf16" ? "bf16" : "f32",
      arenas: { device: new Arena(dnnl), host: new Arena(dnnl) },
    };
  }

  run(inputs: Tensors, watch?: Watch): Tensors {
    const outputs = this.plan(inputs).run(inputs, watch);
    if (!this.around.state.isFinite()) for (const tensor of Object.values(outputs)) spoil(tensor);
    return outputs;
  }

  read(names: readonly string[] | undefined): Map<string, Tensor> {
    const { state } = this.around;
    return new Map((names ?? state.names()).map((name) => [name, state.read(name)]));
  }

  write(values: ReadonlyMap<string, Tensor>): void {
    const { state } = this.around;
    for (const [name, { type, shape }] of values) {
      const old = state.info(name);
      if (old.shape.join() !== shape.join() || old.type !== type) {
        throw new UserError(`State ${name} is ${old.type} [${old.shape}], not ${type} [${shape}].`);
      }
    }
    for (const [name, tensor] of values) state.write(name, tensor);
  }

  close(): void {
    for (const plan of this.plans.values()) plan.free();
    const { constants, state, arenas } = this.around;
    constants.free();
    state.free();
    arenas.device.free();
    arenas.host.free();
  }

  private plan(inputs: Tensors): Plan {
    const shapes = new Map<string, readonly number[]>();
    for (const { name, type, shape } of this.graph.inputs) {
      const tensor = inputs[name];
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
    }
    const key = JSON.stringify([...shapes.values()]);
    const known = this.plans.get(key);
    this.plans.delete(key);
    const plan = known ?? new Plan(this.graph, shapes, this.around);
    this.plans.set(key, plan);
    for (const [old, given] of this.plans) {
      if (this.plans.size <= PLANS) break;
      this.plans.delete(old);
      given.free();
    }
    return plan;
  }
}
