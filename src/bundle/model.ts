// Model: the compiled network of a bundle, and the preparation of its pictures.
import { preparePicture } from "../data/transform/prepare-image.js";
import type { Engine, Program } from "../engines/engine.js";
import type { Graph } from "../graph/graph.js";
import { tensor } from "../graph/tensor.js";
import type { Preprocess } from "../models/preprocess.js";

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

  /** How pictures are prepared: the resize and the crop from the middle that the network was validated with. */
  get transform() {
    const { resize, crop } = this.preprocess;
    return { kind: "center", resize, crop } as const;
  }

  /** A picture as the network takes it: [crop, crop, 3]. Throws a PictureError if it cannot be had. */
  prepare(picture: string | Uint8Array): Promise<Uint8Array> {
    return preparePicture(picture, this.transform);
  }

  /** @param images uint8 [N, crop, crop, 3], RGB */
  async run(images: Uint8Array): Promise<Scores> {
    const size = this.preprocess.crop;
    const image = tensor("uint8", [images.length / (size * size * 3), size, size, 3], images);
    const { logits, probabilities } = await this.program.run({ image });
    return { logits: logits.data as Float32Array, probabilities: probabilities.data as Float32Array };
  }

  /** One picture's probabilities. */
  async probabilitiesOf(picture: Uint8Array): Promise<number[]> {
    const { probabilities } = await this.run(await this.prepare(picture));
    return Array.from(probabilities);
  }

  close(): Promise<void> {
    return this.program.close();
  }
}
