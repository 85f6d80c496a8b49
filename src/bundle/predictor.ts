// Predictor: a bundle at work on pictures.
import { UserError } from "../base/errors.js";
import { PictureError } from "../data/decode/decode.js";
import { openEngine } from "../engines/index.js";
import { type Bundle, readBundle } from "./bundle.js";
import { Model } from "./model.js";
import { checkPredictorOptions, type PredictorOptions } from "./options.js";
import { type Failed, type Prediction, selfCheckFailure, type Tagged, tagsOf } from "./prediction.js";

/** What the numbers of the self-check may differ by, as far as the precision allows. */
const TOLERANCE = { fp32: 1e-3, bf16: 5e-2 };

/** Loads a bundle, compiles its model and does its self-check; throws a UserError with what is wrong. */
export async function loadBundle(dir: string, options: PredictorOptions = {}): Promise<Predictor> {
  const { engine: name, precision, threads, batch, views, selfCheck } = checkPredictorOptions(options);
  const bundle = await readBundle(dir);
  const { labels, preprocess } = bundle.manifest;
  // Tags should not depend on the machine: coarser numbers only for those who ask for them.
  const numbers = precision === "auto" ? "fp32" : precision;
  const engine = await openEngine(name, { threads, precision: numbers }, bundle.graph);
  let model: Model | undefined;
  try {
    model = await Model.open(bundle.graph, preprocess, labels, engine);
    if (selfCheck) await checkItself(dir, bundle, model, TOLERANCE[engine.precision ?? "fp32"]);
    return new Predictor(bundle, views ? model.seeing(views) : model, batch);
  } catch (error) {
    await model?.close();
    if (error instanceof UserError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`The model of the bundle ${dir} cannot be run; its file may be damaged. (${reason})`);
  }
}

/** Throws a UserError if the model does not give the probabilities that it gave where it was written. */
async function checkItself(dir: string, bundle: Bundle, model: Model, tolerance: number): Promise<void> {
  const { labels, selfCheck } = bundle.manifest;
  const found = await model.probabilitiesOf(bundle.selfCheckImage);
  const failure = selfCheckFailure(found, selfCheck.probabilities, labels, tolerance);
  if (failure === undefined) return;
  throw new UserError(
    `The bundle ${dir} fails its self-check: ${failure}. A file of the bundle was changed, or this machine's ` +
      `engine computes wrongly; copy the bundle again, or try another --engine.`,
  );
}

/** A bundle at work on pictures; made by `loadBundle`, and open until `close`. */
export class Predictor {
  constructor(
    readonly bundle: Bundle,
    private readonly model: Model,
    /** Pictures that are computed at once. */
    readonly batch: number,
  ) {}

  get labels(): readonly string[] {
    return this.bundle.manifest.labels;
  }

  get thresholds(): readonly number[] {
    return this.bundle.manifest.thresholds;
  }

  /** How pictures are prepared for `logits`. */
  get transform() {
    return this.model.transform;
  }

  /** The predictions for pictures, given by path or as a file's content, in their order. */
  async predict(pictures: readonly (string | Uint8Array)[]): Promise<Prediction[]> {
    const predictions: Prediction[] = [];
    for await (const prediction of this.stream(pictures)) predictions.push(prediction);
    return predictions;
  }

  /** The same one by one, for sets whose predictions should not all be held at once. */
  async *stream(pictures: readonly (string | Uint8Array)[]): AsyncGenerator<Prediction> {
    // While a batch is computed, the next one is decoded.
    let next = this.decode(pictures.slice(0, this.batch));
    for (let start = 0; start < pictures.length; start += this.batch) {
      const decoded = await next;
      next = this.decode(pictures.slice(start + this.batch, start + 2 * this.batch));
      // If this batch fails, nobody awaits the next one any more.
      next.catch(() => {});
      yield* await this.tag(decoded);
    }
  }

  /**
   * @param images uint8 [N, crop, crop, 3], RGB, prepared by `transform`
   * @returns logits, row-major [N, labels]
   */
  async logits(images: Uint8Array): Promise<Float32Array> {
    return (await this.model.run(images)).logits;
  }

  /**
   * The tags of pictures that `transform` has prepared, in their order. They are computed at once.
   * @param images RGB, uint8 [crop, crop, 3] each
   */
  async tagPrepared(images: readonly Uint8Array[]): Promise<Tagged[]> {
    if (images.length === 0) return [];
    const { probabilities } = await this.model.run(joined(images));
    const { length } = this.labels;
    return images.map((_, row) =>
      tagsOf(probabilities.subarray(row * length, (row + 1) * length), this.labels, this.thresholds),
    );
  }

  /** Ends the engine's threads. */
  close(): Promise<void> {
    return this.model.close();
  }

  private decode(pictures: readonly (string | Uint8Array)[]): Promise<Decoded[]> {
    return Promise.all(
      pictures.map(async (picture) => {
        const image = typeof picture === "string" ? { image: picture } : {};
        try {
          return { ...image, pixels: await this.model.prepare(picture) };
        } catch (error) {
          if (!(error instanceof PictureError)) throw error;
          return { ...image, error: sentence(error.reason) };
        }
      }),
    );
  }

  private async tag(decoded: readonly Decoded[]): Promise<Prediction[]> {
    const good = decoded.flatMap((picture) => ("pixels" in picture ? [picture.pixels] : []));
    const tagged = await this.tagPrepared(good);
    let row = 0;
    return decoded.map((picture) => {
      if ("error" in picture) return picture;
      const image = picture.image === undefined ? {} : { image: picture.image };
      return { ...image, ...tagged[row++] };
    });
  }
}

type Decoded = Failed | { readonly image?: string; readonly pixels: Uint8Array };

function joined(pictures: readonly Uint8Array[]): Uint8Array {
  const size = pictures[0].length;
  const all = new Uint8Array(pictures.length * size);
  for (const [i, picture] of pictures.entries()) all.set(picture, i * size);
  return all;
}

function sentence(reason: string): string {
  return reason[0].toUpperCase() + reason.slice(1);
}
