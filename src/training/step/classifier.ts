// Classifier: a live network: freeze it, run it, train it with steps (training-step.ts).
import { Queue } from "../../base/queue.js";
import type { Engine, Program } from "../../engines/engine.js";
import type { Graph } from "../../graph/graph.js";
import type { TensorOf } from "../../graph/tensor.js";
import { float32 } from "../../graph/tensor.js";
import { trainableWeights } from "../../models/freeze.js";
import { type Network, withImageType } from "../../models/network.js";
import { parametersOf } from "../../models/parameters.js";
import { type Images, imageTensor } from "./images.js";

/** Weights by torchvision's names. */
export type Weights = Map<string, TensorOf<"float32">>;

/** What changes a classifier's weights: a training step. */
export interface WeightSource {
  /** Grows with each change. */
  readonly version: number;
  /** The weights that it changes, as they are now. */
  read(): Promise<Weights>;
  /** Compiles a graph of the network that runs with the weights as they are then. */
  share(graph: Graph): Promise<Program>;
}

/** A network that a training step teaches; made by `classifier`, or of a network and what opens an engine. */
export class Classifier {
  /** What trains, as `freeze` says. */
  private frozen = "none";
  private net: Network;
  private source: WeightSource | undefined;
  /** The source's version that `net` holds. */
  private seen = 0;
  private engine: Engine | undefined;
  private program: { type: "uint8" | "float32"; program: Program } | undefined;
  private readonly queue = new Queue();

  /** @param openEngine opens what `forward` runs on as long as no training step has been made */
  constructor(
    net: Network,
    private readonly openEngine: (network: Graph) => Promise<Engine>,
  ) {
    this.net = net;
  }

  get labels(): number {
    return this.net.labels;
  }

  /** The side of the pictures that it takes. */
  get size(): number {
    return this.net.size;
  }

  /**
   * Freezes, for the training steps that are made afterwards: `backbone` (all but the classifier),
   * a module such as `layer3` (everything up to and including it), or `none`.
   * @throws UserError for a module that the network does not have
   */
  freeze(name: "backbone" | "none" | (string & {})): this {
    trainableWeights(this.net, name);
    this.frozen = name;
    return this;
  }

  /** The names of the weights that a training step changes. */
  trainable(): Set<string> {
    return trainableWeights(this.net, this.frozen);
  }

  /**
   * The logits [N, labels], row-major, of pictures [N, size, size, 3] (uint8 or float32, RGB, 0 … 255), with
   * the weights as the latest training step left them. They are no probabilities: apply `sigmoid`.
   *
   * Compiles the network on the first call.
   * @throws RangeError for images of another shape
   */
  forward(images: Images): Promise<Float32Array> {
    const image = imageTensor(images, this.size);
    return this.queue.add(async () => {
      if (this.program?.type !== image.type) await this.drop();
      this.program ??= { type: image.type, program: await this.compile(image.type) };
      const { logits } = await this.program.program.run({ image });
      return Float32Array.from(logits.data as ArrayLike<number>);
    });
  }

  /** The weights and running statistics by name, as they are now; copies. */
  weights(): Promise<Weights> {
    return this.queue.add(async () => {
      const { graph } = await this.refresh();
      const entries = parametersOf(graph).map(({ name }) => {
        const { shape, data } = graph.initializers.get(name) as TensorOf<"float32">;
        return [name, float32(shape, data.slice())] as const;
      });
      return new Map(entries);
    });
  }

  /** The network with the weights as they are now. */
  network(): Promise<Network> {
    return this.queue.add(() => this.refresh());
  }

  /** From now on the weights are those of `source`. For training steps. */
  follow(source: WeightSource): Promise<void> {
    return this.queue.add(async () => {
      await this.refresh();
      await this.drop();
      this.source = source;
      this.seen = source.version;
    });
  }

  /** Ends the following of `source`, keeping its weights as they are now. For training steps. */
  leave(source: WeightSource): Promise<void> {
    return this.queue.add(async () => {
      if (this.source !== source) return;
      await this.refresh();
      await this.drop();
      this.source = undefined;
    });
  }

  /** Whether `source` is the one whose weights these are. */
  follows(source: WeightSource): boolean {
    return this.source === source;
  }

  /** Frees what `forward` has compiled; it can be called again afterwards. */
  close(): Promise<void> {
    return this.queue.add(() => this.drop());
  }

  private async compile(type: "uint8" | "float32"): Promise<Program> {
    const { graph } = withImageType(this.net, type);
    if (this.source) return this.source.share(graph);
    this.engine ??= await this.openEngine(graph);
    return this.engine.compile(graph);
  }

  private async refresh(): Promise<Network> {
    const { source } = this;
    if (source === undefined || source.version === this.seen) return this.net;
    const version = source.version;
    const graph = this.net.graph.clone();
    for (const [name, value] of await source.read()) graph.initializers.set(name, value);
    this.net = { ...this.net, graph };
    this.seen = version;
    return this.net;
  }

  private async drop(): Promise<void> {
    await this.program?.program.close();
    this.program = undefined;
  }
}
