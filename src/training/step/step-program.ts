// StepProgram: the programs of a training step in one session, and its counter, whatever its input is (images or a
// trunk's output).
import type { Engine, Program, Session, Tensors } from "../../engines/engine.js";
import type { Graph } from "../../graph/graph.js";
import { renameValues } from "../../graph/passes/rename.js";
import { float32, type Tensor, type TensorOf } from "../../graph/tensor.js";
import { finiteGraph } from "./finite.js";
import { type StepGraphOptions, type StepGraphs, stepGraphs } from "./step-graph.js";
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

/** How one batch is trained on. */
export interface BatchOptions {
  learningRate: number;
  /** No other batch follows: weights move, whatever waits. */
  last?: boolean;
}

const numbers = ({ data }: Tensor): Float32Array =>
  data instanceof Float32Array ? data : Float32Array.from(data as ArrayLike<number>);

export class StepProgram {
  private done: Progress = { steps: 0, pending: 0 };
  private check: Promise<{ program: Program; names: readonly string[] }> | undefined;

  private constructor(
    private readonly session: Session,
    private readonly graphs: StepGraphs,
    private gradient: Program,
    private readonly update: Program,
    private readonly options: StepGraphOptions,
  ) {}

  /** Compiles a step of the network, whose weights begin as its graph's initializers. */
  static async compile(engine: Engine, network: Graph, options: StepGraphOptions): Promise<StepProgram> {
    const graphs = stepGraphs(network, options);
    const session = await engine.open();
    try {
      const gradient = await session.compile(graphs.gradient.graph);
      const update = await session.compile(graphs.update.graph);
      return new StepProgram(session, graphs, gradient, update, options);
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  get progress(): Progress {
    return { ...this.done };
  }

  /** One batch; its loss. See `run`. */
  async train(inputs: Tensors, targets: Tensor, options: BatchOptions): Promise<number> {
    const { loss } = this.graphs.gradient;
    const outputs = await this.batch(inputs, targets, options, [loss]);
    return this.lossOf(outputs);
  }

  /**
   * One batch. The weights move, unless it is one of a group (`accumulate`) and neither completes it nor is the
   * `last` that there is. `inputs` are the network's, by name.
   */
  async run(inputs: Tensors, targets: Tensor, options: BatchOptions): Promise<StepResult> {
    const { loss, logits } = this.graphs.gradient;
    const outputs = await this.batch(inputs, targets, options, [loss, logits]);
    return { loss: this.lossOf(outputs), logits: numbers(outputs[logits]) };
  }

  private lossOf(outputs: Tensors): number {
    return numbers(outputs[this.graphs.gradient.loss]).reduce((sum, value) => sum + value, 0);
  }

  private async batch(
    inputs: Tensors,
    targets: Tensor,
    { learningRate, last = false }: BatchOptions,
    fetch: readonly string[],
  ): Promise<Tensors> {
    const { gradient, update } = this.graphs;
    const { optimizer, accumulate = 1 } = this.options;
    const step = this.done.steps + 1;
    const pending = this.done.pending + 1;
    const moves = last || pending >= accumulate;
    this.done = moves ? { steps: step, pending: 0 } : { steps: step - 1, pending };
    const keep = gradient.keep === undefined ? {} : { [gradient.keep]: float32([], [pending > 1 ? 1 : 0]) };
    const outputs = this.gradient.run({ ...inputs, ...keep, [gradient.targets]: targets }, { fetch });
    // Here, between gradient and update, is the place for what sums gradients over processes: they are values of the
    // session, under the names of `gradient.gradients`.
    if (moves) {
      const scalars = scalarsOf(update.groups, optimizer, learningRate, step);
      if (update.average) scalars.push([update.average.share, update.average.shareAt(step)]);
      const fed = scalars.map(([input, value]) => [input, float32([], [value])] as const);
      const updated = this.update.run(Object.fromEntries(fed), { fetch: [] });
      await Promise.all([outputs, updated]);
    }
    return outputs;
  }

  /** Compiles the step for another form of the network's input. The weights are as they are. */
  async replaceNetwork(network: Graph): Promise<void> {
    const { gradient } = stepGraphs(network, this.options);
    await this.gradient.close();
    this.gradient = await this.session.compile(gradient.graph);
  }

  /**
   * Compiles a graph that has some of the network's weights: it finds them as they are when it runs, or their averages,
   * where averages are kept.
   */
  share(graph: Graph): Promise<Program> {
    const { weights } = this.graphs.update;
    const shared = weights.filter((weight) => graph.initializers.has(weight));
    const renamed = renameValues(graph, new Map(shared.map((weight) => [weight, this.held(weight)])));
    for (const weight of shared) renamed.state.set(this.held(weight), this.held(weight));
    return this.session.compile(renamed);
  }

  /** The value that a model of this step has for a weight. */
  private held(weight: string): string {
    return this.graphs.update.average?.of.get(weight) ?? weight;
  }

  /**
   * The network's weights and running statistics that steps change, as they are now: their averages, where averages
   * are kept.
   */
  async weights(): Promise<Map<string, TensorOf<"float32">>> {
    const { weights } = this.graphs.update;
    const values = await this.session.read(weights.map((weight) => this.held(weight)));
    return new Map(
      weights.map((weight) => {
        const value = values.get(this.held(weight)) as Tensor;
        return [weight, float32(value.shape, numbers(value))] as const;
      }),
    );
  }

  /** The first value, weight or what an optimizer remembers, that is not finite; computed where the values are. */
  async firstNotFinite(): Promise<string | undefined> {
    this.check ??= this.compileCheck();
    const { program, names } = await this.check;
    const [sums] = Object.values(await program.run({}));
    return names[numbers(sums).findIndex((sum) => !Number.isFinite(sum))];
  }

  private async compileCheck() {
    const { gradient, update } = this.graphs;
    const { graph, names } = finiteGraph(update.graph, gradient.graph);
    return { program: await this.session.compile(graph), names };
  }

  /** All that a later program of the same step needs to go on, beside `progress`. */
  async state(): Promise<Map<string, Tensor>> {
    const { gradients } = this.graphs.gradient;
    const values = await this.session.read();
    // The next group begins anew.
    if (this.done.pending === 0) {
      for (const name of [...gradients.of.values(), gradients.elements]) values.delete(name ?? "");
    }
    return values;
  }

  /**
   * Goes on from another program's `state` and `progress`; that program may have trained fewer weights.
   */
  async restore(state: ReadonlyMap<string, Tensor>, { steps, pending }: Progress): Promise<void> {
    await this.session.write(state);
    this.done = { steps, pending };
  }

  close(): Promise<void> {
    return this.session.close();
  }
}
