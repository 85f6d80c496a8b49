// StepProgram: a compiled training step and its counter, whatever its input is (pictures or a trunk's output).
import type { Engine, Program, Tensors } from "../../engines/engine.js";
import type { Graph } from "../../graph/graph.js";
import { float32, type Tensor, type TensorOf } from "../../graph/tensor.js";
import { type StepGraph, type StepGraphOptions, stepGraph } from "./step-graph.js";
import { scalarsOf } from "./update/groups.js";

/** How far a program has come. */
export interface Progress {
  /** The optimizer's steps that have been done. */
  steps: number;
  /** Batches whose gradients wait for the rest of their group. */
  pending: number;
}

/** What a step gives. */
export interface StepResult {
  /** The batch's loss, before the update; the sum where the loss is not reduced. */
  loss: number;
  /** The batch's logits, before the update: [N, labels], row-major. */
  logits: Float32Array;
}

const numbers = ({ data }: Tensor): Float32Array =>
  data instanceof Float32Array ? data : Float32Array.from(data as ArrayLike<number>);

export class StepProgram {
  private done: Progress = { steps: 0, pending: 0 };

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

  get progress(): Progress {
    return { ...this.done };
  }

  /**
   * One batch. The weights move, unless it is one of a group (`accumulate`) and neither completes it nor is the
   * `last` that there is. `inputs` are the network's, by name.
   */
  async run(inputs: Tensors, targets: Tensor, learningRate: number, last = false): Promise<StepResult> {
    const { groups, ready, average, loss, logits, targets: name } = this.step;
    const { optimizer, accumulate = 1 } = this.options;
    const step = this.done.steps + 1;
    const pending = this.done.pending + 1;
    const moves = last || pending >= accumulate;
    this.done = moves ? { steps: step, pending: 0 } : { steps: step - 1, pending };
    const scalars = scalarsOf(groups, optimizer, learningRate, step);
    if (ready) scalars.push([ready, moves ? 1 : 0]);
    if (average) scalars.push([average.share, moves ? average.shareAt(step) : 0]);
    const outputs = await this.program.run({
      ...inputs,
      ...Object.fromEntries(scalars.map(([input, value]) => [input, float32([], [value])])),
      [name]: targets,
    });
    return {
      loss: numbers(outputs[loss]).reduce((sum, value) => sum + value, 0),
      logits: numbers(outputs[logits]),
    };
  }

  /**
   * The network's weights and running statistics that steps change, as they are now: their averages, where averages
   * are kept.
   */
  async weights(): Promise<Map<string, TensorOf<"float32">>> {
    const { weights, average } = this.step;
    const held = (weight: string) => average?.of.get(weight) ?? weight;
    const state = await this.program.readState(weights.map(held));
    return new Map(
      weights.map((weight) => {
        const value = state.get(held(weight)) as Tensor;
        return [weight, float32(value.shape, numbers(value))] as const;
      }),
    );
  }

  /** All that a later program of the same step needs to go on, beside `progress`. */
  state(): Promise<Map<string, Tensor>> {
    return this.program.readState();
  }

  /**
   * Goes on from another program's `state` and `progress`; that program may have trained fewer weights.
   */
  async restore(state: ReadonlyMap<string, Tensor>, { steps, pending }: Progress): Promise<void> {
    await this.program.writeState(state);
    this.done = { steps, pending };
  }

  close(): Promise<void> {
    return this.program.close();
  }
}
