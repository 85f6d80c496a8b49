// TrainingStep: one step of training at a time, for those who write their own loop, on an engine of their choice.
import { Queue } from "../../base/queue.js";
import type { Engine, Program } from "../../engines/engine.js";
import type { Graph } from "../../graph/graph.js";
import type { Loss } from "../../losses/loss.js";
import { type Network, withImageType } from "../../models/network.js";
import { stagesOf } from "../../models/stages.js";
import type { Classifier, WeightSource, Weights } from "./classifier.js";
import { type Images, imageTensor, type Targets, targetTensor } from "./images.js";
import { rateFactors } from "./layer-rates.js";
import type { Optimizer } from "./optimizers/optimizer.js";
import { type BatchNorm, type StepGraphOptions, stepGraphs } from "./step-graph.js";
import { StepProgram, type StepResult } from "./step-program.js";

/** What a training step does. */
export interface StepOptions {
  loss: Loss;
  optimizer: Optimizer;
  /** What BatchNormalizations whose weights train do; default `batch`. */
  batchnorm?: BatchNorm;
  /**
   * The rate of the head's weights where the optimizer's is that of all others; default: the same. A step with a rate of its own
   * keeps their relation.
   */
  headLr?: number;
  /** Above 0 and at most 1: each stage below the head learns at so many times the rate of the one above it; default 1. */
  layerDecay?: number;
  /** Batches whose gradients make one update, as one batch of all their pictures would; default 1. */
  accumulate?: number;
  /** The greatest length of the gradient of all weights together, in PyTorch's `clip_grad_norm_`; default: any. */
  clip?: number;
  /** The decay, above 0 and below 1, of a moving average of the weights: the classifier's weights then are it. */
  ema?: number;
}

/** What holds for one step. */
export interface StepRunOptions {
  /** Of this step; default: the optimizer's. */
  learningRate?: number;
  /** With `accumulate`: no other batch follows, so that the weights move whatever waits. */
  last?: boolean;
}

function checkCraft(options: StepOptions): void {
  const { headLr = 1, layerDecay = 1, accumulate = 1, clip = 1, ema = 0.5 } = options;
  if (!(headLr > 0 && headLr < Infinity)) throw new RangeError(`headLr is ${headLr}, not a number above 0.`);
  if (!(layerDecay > 0 && layerDecay <= 1))
    throw new RangeError(`layerDecay is ${layerDecay}, not above 0 and at most 1.`);
  if (!(Number.isInteger(accumulate) && accumulate >= 1)) {
    throw new RangeError(`accumulate is ${accumulate}, not a whole number of at least 1.`);
  }
  if (!(clip > 0)) throw new RangeError(`clip is ${clip}, not above 0.`);
  if (!(ema > 0 && ema < 1)) throw new RangeError(`ema is ${ema}, not between 0 and 1.`);
}

type ImageType = "uint8" | "float32";

/** A compiled training step; made by `trainingStep`, and open until `close`. */
export class TrainingStep implements WeightSource {
  version = 0;
  private closed = false;
  private readonly queue = new Queue();

  private constructor(
    private readonly model: Classifier,
    private readonly net: Network,
    private readonly learningRate: number,
    private type: ImageType,
    private readonly program: StepProgram,
  ) {}

  /**
   * Compiles the step of a classifier, from its present weights and with what it freezes.
   * @param engine what computes it; or what opens that, given the graph that takes the time
   * @throws RangeError for `headLr`, `layerDecay`, `accumulate`, `clip` or `ema` out of their ranges, and where nothing
   *   trains
   */
  static async open(
    model: Classifier,
    { headLr, layerDecay = 1, batchnorm = "batch", ...rest }: StepOptions,
    engine: Engine | ((step: Graph) => Promise<Engine>),
  ): Promise<TrainingStep> {
    checkCraft({ headLr, layerDecay, ...rest });
    const net = await model.network();
    const lr = rest.optimizer.learningRate;
    const factors = rateFactors(stagesOf(net), { lr, headLr, layerDecay });
    const settings: StepGraphOptions = { ...rest, batchnorm, factors, trainable: model.trainable() };
    const opened =
      typeof engine === "function" ? await engine(stepGraphs(net.graph, settings).gradient.graph) : engine;
    const program = await StepProgram.compile(opened, net.graph, settings);
    const step = new TrainingStep(model, net, lr, "uint8", program);
    await model.follow(step);
    return step;
  }

  /** Steps that have been run. */
  get steps(): number {
    return this.program.progress.steps;
  }

  /**
   * Forward, loss, gradient, update.
   *
   * @param images [N, size, size, 3], uint8 or float32, RGB, 0 … 255
   * @param targets float32 [N, labels]: 1, 0, −1 for unknown, or soft in between
   * @returns the loss and the logits of the batch, as they were before the update
   * @throws RangeError for other shapes, and for targets that are none
   */
  run(images: Images, targets: Targets, { learningRate, last }: StepRunOptions = {}): Promise<StepResult> {
    if (this.closed) throw new Error("This training step is closed.");
    if (!this.model.follows(this)) {
      throw new Error("A newer training step has taken over this classifier; run that one.");
    }
    const { size, labels } = this.net;
    const image = imageTensor(images, size);
    const target = targetTensor(targets, image.shape[0], labels);
    return this.queue.add(async () => {
      if (image.type !== this.type) await this.recompile(image.type);
      const options = { learningRate: learningRate ?? this.learningRate, last };
      const result = await this.program.run({ image }, target, options);
      this.version++;
      return result;
    });
  }

  read(): Promise<Weights> {
    return this.queue.add(() => this.program.weights());
  }

  share(graph: Graph): Promise<Program> {
    return this.queue.add(() => this.program.share(graph));
  }

  /** Frees the compiled step; the classifier keeps the weights. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.model.leave(this);
    await this.queue.add(() => this.program.close());
  }

  /** The same step for images in another type of number. */
  private async recompile(type: ImageType): Promise<void> {
    await this.program.replaceNetwork(withImageType(this.net, type).graph);
    this.type = type;
  }
}
