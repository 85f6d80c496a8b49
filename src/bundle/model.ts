// Model: the compiled network of a bundle, and the preparation of its images.
import { centerTransform } from "../data/transform/crop-plan.js";
import { preparePicture } from "../data/transform/prepare-image.js";
import type { Engine, Program } from "../engines/engine.js";
import type { Graph } from "../graph/graph.js";
import { tensor } from "../graph/tensor.js";
import { sigmoid } from "../losses/index.js";
import type { Preprocess } from "../models/preprocess.js";
import { Views, type ViewsName } from "./views.js";

/** Row-major [images, labels]. */
export interface Scores {
  readonly logits: Float32Array;
  readonly probabilities: Float32Array;
}

export class Model {
  private constructor(
    private readonly program: Program,
    private readonly preprocess: Preprocess,
    readonly labels: readonly string[],
    private readonly views?: Views,
  ) {}

  /** @param graph `image` uint8 [N, crop, crop, 3] → `logits` and `probabilities`, float32 [N, labels] */
  static async open(
    graph: Graph,
    preprocess: Preprocess,
    labels: readonly string[],
    engine: Engine,
  ): Promise<Model> {
    return new Model(await engine.compile(graph), preprocess, labels);
  }

  /** The same network, which sees each image several times: its logits are the mean of the views'. */
  seeing(views: ViewsName): Model {
    return new Model(this.program, this.preprocess, this.labels, new Views(views, this.preprocess));
  }

  /** How images are prepared: the resize and the crop from the middle that the network was validated with, or its views need. */
  get transform() {
    return centerTransform({ ...this.preprocess, ...this.views?.canvas });
  }

  /** An image as `run` takes it: [crop, crop, 3]. Throws a PictureError if it cannot be had. */
  prepare(picture: string | Uint8Array): Promise<Uint8Array> {
    return preparePicture(picture, this.transform);
  }

  /** @param images uint8 [N, crop, crop, 3], RGB, `crop` that of `transform` */
  async run(images: Uint8Array): Promise<Scores> {
    if (this.views === undefined) return this.compute(images);
    let sum: Float32Array | undefined;
    for (const view of this.views.of(images)) {
      const { logits } = await this.compute(view);
      if (sum === undefined) sum = logits.slice();
      else for (let i = 0; i < logits.length; i++) sum[i] += logits[i];
    }
    const logits = (sum ?? new Float32Array()).map((logit) => logit / (this.views?.count ?? 1));
    return { logits, probabilities: sigmoid(logits) };
  }

  /** @param images as the network takes them */
  private async compute(images: Uint8Array): Promise<Scores> {
    const size = this.preprocess.crop;
    const image = tensor("uint8", [images.length / (size * size * 3), size, size, 3], images);
    const { logits, probabilities } = await this.program.run({ image });
    return { logits: logits.data as Float32Array, probabilities: probabilities.data as Float32Array };
  }

  /** One image's probabilities. */
  async probabilitiesOf(picture: Uint8Array): Promise<number[]> {
    const { probabilities } = await this.run(await this.prepare(picture));
    return Array.from(probabilities);
  }

  close(): Promise<void> {
    return this.program.close();
  }
}
