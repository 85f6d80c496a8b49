// Predictor: a bundle at work on images.
/// <reference lib="esnext.disposable" preserve="true" />
import { UserError } from "../base/errors.js";
import { unlessAborted } from "../base/unless-aborted.js";
import { PictureError } from "../data/decode/decode.js";
import { openEngine } from "../engines/index.js";
import { type Bundle, readBundle } from "./bundle.js";
import { contentOf, type ImageSource, isOne, nameOf } from "./image-source.js";
import { Model } from "./model.js";
import { checkPredictorOptions, type PredictorOptions } from "./options.js";
import { type Failed, type Prediction, selfCheckFailure, type Tagged, tagsOf } from "./prediction.js";
import { type TagOptions, type TagRule, tagRule } from "./tag-rule.js";

/** What the numbers of the self-check may differ by, as far as the precision allows. */
const TOLERANCE = { fp32: 1e-3, bf16: 5e-2 };

/** Loads a bundle, compiles its model and does its self-check; throws a UserError with what is wrong. */
export async function loadBundle(dir: string, options: PredictorOptions = {}): Promise<Predictor> {
  const { engine: name, precision, threads, batch, views, selfCheck } = checkPredictorOptions(options);
  const bundle = await readBundle(dir);
  const { labels, preprocess } = bundle.manifest;
  // Tags should not depend on the machine: coarser numbers only for those who ask for them.
  const numbers = precision === "auto" ? "fp32" : precision;
  let model: Model | undefined;
  try {
    // auto tries the network, which shows damage too.
    const engine = await openEngine(name, { threads, precision: numbers }, bundle.graph);
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

/** How images are tagged. */
export interface PredictOptions extends TagOptions {
  /** Gives up: the promise, or the stream, rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A bundle at work on images; made by `loadBundle`, and open until `close`. */
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

  /**
   * The tags of one image, of several in their order, or of a stream as it comes. An image that cannot be read gets an
   * `error`, and the others go on. Aborting rejects with the signal's reason.
   * @throws RangeError for thresholds or a `topK` that cannot be
   */
  predict(image: ImageSource, options?: PredictOptions): Promise<Prediction>;
  predict(images: readonly ImageSource[], options?: PredictOptions): Promise<Prediction[]>;
  predict(
    images: Iterable<ImageSource> | AsyncIterable<ImageSource>,
    options?: PredictOptions,
  ): AsyncGenerator<Prediction>;
  predict(
    images: ImageSource | Iterable<ImageSource> | AsyncIterable<ImageSource>,
    options: PredictOptions = {},
  ): Promise<Prediction | Prediction[]> | AsyncGenerator<Prediction> {
    if (isOne(images)) return this.all([images], options).then(([prediction]) => prediction);
    return Array.isArray(images) ? this.all(images, options) : this.each(images, options);
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
  async tagPrepared(images: readonly Uint8Array[], rule: TagRule = this): Promise<Tagged[]> {
    if (images.length === 0) return [];
    const { probabilities } = await this.model.run(joined(images));
    const { length } = this.labels;
    return images.map((_, row) =>
      tagsOf(probabilities.subarray(row * length, (row + 1) * length), this.labels, rule),
    );
  }

  /** Ends the engine's threads. */
  close(): Promise<void> {
    return this.model.close();
  }

  /** The same as `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private async all(images: Iterable<ImageSource>, options: PredictOptions): Promise<Prediction[]> {
    const predictions: Prediction[] = [];
    for await (const prediction of this.each(images, options)) predictions.push(prediction);
    return predictions;
  }

  private async *each(
    images: Iterable<ImageSource> | AsyncIterable<ImageSource>,
    { signal, ...options }: PredictOptions,
  ): AsyncGenerator<Prediction> {
    const rule = tagRule(this.labels, this.thresholds, options);
    // While a batch is computed, the next one is decoded.
    let next: Promise<Decoded[]> | undefined;
    for await (const batch of batchesOf(images, this.batch)) {
      signal?.throwIfAborted();
      const decoded = this.decode(batch, signal);
      // If the batch before fails, nobody awaits this one any more.
      decoded.catch(() => {});
      if (next) yield* await unlessAborted(this.tag(await next, rule), signal);
      next = decoded;
    }
    if (next)
      yield* await unlessAborted(
        next.then((decoded) => this.tag(decoded, rule)),
        signal,
      );
  }

  private decode(images: readonly ImageSource[], signal: AbortSignal | undefined): Promise<Decoded[]> {
    return Promise.all(
      images.map(async (source) => {
        const name = nameOf(source);
        const image = name === undefined ? {} : { image: name };
        try {
          return { ...image, pixels: await this.model.prepare(await contentOf(source, signal)) };
        } catch (error) {
          if (!(error instanceof PictureError)) throw error;
          return { ...image, error: sentence(error.reason) };
        }
      }),
    );
  }

  private async tag(decoded: readonly Decoded[], rule: TagRule): Promise<Prediction[]> {
    const good = decoded.flatMap((image) => ("pixels" in image ? [image.pixels] : []));
    const tagged = await this.tagPrepared(good, rule);
    let row = 0;
    return decoded.map((decodedImage) => {
      if ("error" in decodedImage) return decodedImage;
      const image = decodedImage.image === undefined ? {} : { image: decodedImage.image };
      return { ...image, ...tagged[row++] };
    });
  }
}

type Decoded = Failed | { readonly image?: string; readonly pixels: Uint8Array };

/** The images in groups of `size`; the last one may be smaller. */
async function* batchesOf<T>(images: Iterable<T> | AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const image of images) {
    batch.push(image);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function joined(pictures: readonly Uint8Array[]): Uint8Array {
  const size = pictures[0].length;
  const all = new Uint8Array(pictures.length * size);
  for (const [i, picture] of pictures.entries()) all.set(picture, i * size);
  return all;
}

function sentence(reason: string): string {
  return reason[0].toUpperCase() + reason.slice(1);
}
