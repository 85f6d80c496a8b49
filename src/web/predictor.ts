// Predictor: a bundle at work in a browser. The work itself is done in a worker.
/// <reference lib="esnext.disposable" preserve="true" />

import { unlessAborted } from "../base/unless-aborted.js";
import { type Prediction, tagsOf } from "../bundle/prediction.js";
import { type TagOptions, type TagRule, tagRule } from "../bundle/tag-rule.js";
import type { Loaded, Sent } from "./messages.js";
import type { Remote } from "./remote.js";

/**
 * What can be tagged. A file gives the numbers that it gives in Node, up to the browser's own decoder of
 * JPEG, WebP and AVIF; of an element or a bitmap those pixels count that the browser has made of it.
 */
export type Picture = File | Blob | HTMLImageElement | ImageBitmap | ImageData;

/** An image, or one with the name that its prediction shall have; a string or a URL is an address. */
export type ImageSource = ImageContent | { readonly image: ImageContent; readonly name: string };

/** What holds an image, without a name of yours; a string or a URL is an address. */
export type ImageContent = Picture | string | URL;

/** How images are tagged. */
export interface PredictOptions extends TagOptions {
  /** Gives up: images whose turn has not come are left out, and the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Pictures with the worker at once: while one is computed, the next is decoded. */
const AT_ONCE = 2;

/** A bundle at work in a page; made by `loadBundle`, and open until `close`. */
export class Predictor {
  /** @internal */
  constructor(
    private readonly remote: Remote,
    private readonly loaded: Loaded,
  ) {}

  get labels(): readonly string[] {
    return this.loaded.labels;
  }

  /** One a label: at or above it, a picture has the label. */
  get thresholds(): readonly number[] {
    return this.loaded.thresholds;
  }

  /** What computes. */
  get device(): "webgpu" | "wasm" {
    return this.loaded.device;
  }

  /** Threads that compute; 1 on WebGPU. */
  get threads(): number {
    return this.loaded.threads;
  }

  /**
   * The tags of one image, of several in their order, or of a stream as it comes. An image that cannot be read gets an
   * `error`, and the others go on: the shape is that of `multihot predict --json`, with a file's name as `image`, and `tags`.
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
    if (isOne(images)) return this.one(images, options);
    return isSeveral(images) ? this.all(images, options) : this.each(images, options);
  }

  /** Ends the worker and frees its memory. What is still under way is rejected. */
  async close(): Promise<void> {
    this.remote.end(new Error("The predictor is closed."));
  }

  /** The same as `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private async one(image: ImageSource, { signal, ...options }: PredictOptions): Promise<Prediction> {
    const rule = tagRule(this.labels, this.thresholds, options);
    return unlessAborted(this.predictOne(image, rule, signal), signal);
  }

  private async all(
    images: readonly ImageSource[],
    { signal, ...options }: PredictOptions,
  ): Promise<Prediction[]> {
    const rule = tagRule(this.labels, this.thresholds, options);
    const predictions: Prediction[] = [];
    let next = 0;
    const work = async () => {
      while (next < images.length) {
        signal?.throwIfAborted();
        const i = next++;
        predictions[i] = await this.predictOne(images[i], rule, signal);
      }
    };
    await unlessAborted(Promise.all(Array.from({ length: AT_ONCE }, work)), signal);
    return predictions;
  }

  private async *each(
    images: Iterable<ImageSource> | AsyncIterable<ImageSource>,
    { signal, ...options }: PredictOptions,
  ): AsyncGenerator<Prediction> {
    const rule = tagRule(this.labels, this.thresholds, options);
    const under: Promise<Prediction>[] = [];
    for await (const image of images) {
      signal?.throwIfAborted();
      const prediction = this.predictOne(image, rule, signal);
      // If one before it fails, nobody awaits this one any more.
      prediction.catch(() => {});
      under.push(prediction);
      if (under.length === AT_ONCE) yield await unlessAborted(under.shift() as Promise<Prediction>, signal);
    }
    for (const prediction of under) yield await unlessAborted(prediction, signal);
  }

  private async predictOne(source: ImageSource, rule: TagRule, signal?: AbortSignal): Promise<Prediction> {
    const named = isNamed(source);
    const image = named ? source.image : source;
    const { sent, name } = await sentOf(image, signal);
    const transfer = !isPicture(image) || isElement(image) ? transferable(sent) : [];
    const { predicted } = await this.remote.ask({ predict: sent }, { transfer });
    const prediction = predicted as Prediction;
    const called = named ? source.name : (name ?? prediction.image);
    const shown = called === undefined ? {} : { image: called };
    if (prediction.error !== undefined) return { ...shown, error: prediction.error };
    const { probabilities } = prediction;
    return {
      ...shown,
      ...tagsOf(
        this.labels.map((label) => probabilities[label]),
        this.labels,
        rule,
      ),
    };
  }
}

function isNamed(source: ImageSource): source is Exclude<ImageSource, ImageContent> {
  return typeof source === "object" && "image" in source && "name" in source;
}

function isSeveral(images: Iterable<ImageSource> | AsyncIterable<ImageSource>): images is ImageSource[] {
  return Array.isArray(images);
}

/** Whether this is one image, not a list or a stream of them. */
function isOne(images: unknown): images is ImageSource {
  if (typeof images === "string") return true;
  return (
    typeof images !== "object" ||
    images === null ||
    !(Symbol.iterator in images || Symbol.asyncIterator in images)
  );
}

function isPicture(image: ImageContent): image is Picture {
  return typeof image !== "string" && !(image instanceof URL);
}

/** Also one of another frame, whose class is another. */
function isElement(picture: Picture): picture is HTMLImageElement {
  return "naturalWidth" in picture;
}

const transferable = (sent: Sent): Transferable[] => (sent instanceof ImageBitmap ? [sent] : []);

/** An image as the worker takes it, and its address where it has one. */
async function sentOf(image: ImageContent, signal?: AbortSignal): Promise<{ sent: Sent; name?: string }> {
  if (!isPicture(image)) {
    const address = new URL(image, location.href).href;
    return { sent: await fetched(address, signal), name: address };
  }
  return { sent: isElement(image) ? await bitmapOf(image) : image };
}

async function fetched(address: string, signal?: AbortSignal): Promise<Sent> {
  try {
    const answer = await fetch(address, { signal });
    return answer.ok ? await answer.blob() : { error: `The address answers ${answer.status}.` };
  } catch {
    signal?.throwIfAborted();
    return { error: "The address does not answer, or another site does not let this page read it." };
  }
}

/** Elements cannot go to a worker. */
async function bitmapOf(element: HTMLImageElement): Promise<Sent> {
  try {
    await element.decode();
    return await createImageBitmap(element, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  } catch {
    return { error: "The image element shows no picture; its source may be missing or damaged." };
  }
}
