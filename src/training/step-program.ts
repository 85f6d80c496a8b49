// StepProgram: a compiled training step and its counter, whatever its input is (pictures or a trunk's output).
import type { Engine, Program, Tensors } from "../engines/engine.js";
import type { Graph } from "../graph/graph.js";
import { float32, type Tensor, type TensorOf } from "../graph/tensor.js";
import { type StepGraph, type StepGraphOptions, stepGraph } from "./step-graph.js";

export interface StepResult {
  /** The batch's loss, before the update; the sum where the loss is not reduced. */
  loss: number;
  /** The batch's logits, before the update: [N, labels], row-major. */
  logits: Float32Array;
}

const numbers = ({ data }: Tensor): Float32Array =>
  data instanceof Float32Array ? data : Float32Array.from(data as ArrayLike<number>);

export class StepProgram {
  /** Steps that have been run. */
  steps = 0;

  private constructor(
    private readonly step: StepGraph,
    private readonly program: Program,
    private readonly options: StepGraphOptions,
  ) {}

  /** Compiles a step of the network, whose weights begin as its graph's initializers. */
  static async compile(engine: Engine, network: Graph, options: StepGraphOptions): Promise<StepProgram> {
    const step = stepGraph(network, options);
    return new StepProgram(step, await engine.compile(step.graph), options);
  }

  /** One step: the weights move. `inputs` are the network's, by name. */
  async run(inputs: Tensors, targets: Tensor, learningRate: number): Promise<StepResult> {
    this.steps++;
    const scalars = Object.entries(this.options.optimizer.scalars(learningRate, this.steps)).map(
      ([name, value]) => [name, float32([], [value])] as const,
    );
    const { loss, logits, targets: name } = this.step;
    const outputs = await this.program.run({ ...inputs, ...Object.fromEntries(scalars), [name]: targets });
    return {
      loss: numbers(outputs[loss]).reduce((sum, value) => sum + value, 0),
      logits: numbers(outputs[logits]),
    };
  }

  /** The network's weights and running statistics that steps change, as they are now. */
  async weights(): Promise<Map<string, TensorOf<"float32">>> {
    const state = await this.program.readState(this.step.weights);
    return new Map([...state].map(([name, value]) => [name, float32(value.shape, numbers(value))]));
  }

  /** All that a later program of the same step needs to go on, beside `steps`. */
  state(): Promise<Map<string, Tensor>> {
    return this.program.readState();
  }

  /** Goes on from another program's `state` and `steps`. */
  async restore(state: ReadonlyMap<string, Tensor>, steps: number): Promise<void> {
    await this.program.writeState(state);
    this.steps = steps;
  }

  close(): Promise<void> {
    return this.program.close();
  }
}
