// Predictor: a bundle at work in a browser. The work itself is done in a worker.
import type { Prediction } from "../bundle/prediction.js";
import type { Loaded, Sent } from "./messages.js";
import { type Remote, unlessAborted } from "./remote.js";

/**
 * What can be tagged. A file gives the numbers that it gives in Node, up to the browser's own decoder of
 * JPEG, WebP and AVIF; of an element or a bitmap those pixels count that the browser has made of it.
 */
export type Picture = File | Blob | HTMLImageElement | ImageBitmap | ImageData;

/** What holds for one prediction. */
export interface PredictOptions {
  /** Gives up: pictures whose turn has not come are left out, and the promise is rejected with its reason. */
  readonly signal?: AbortSignal;
}

/** Pictures with the worker at once: while one is computed, the next is decoded. */
const AT_ONCE = 2;

/** A bundle at work in a page; made by `loadBundle`, and open until `dispose`. */
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
   * The tags of a picture, or of several in their order. A picture that cannot be read gets an `error`, and
   * the others go on: the shape is that of `multihot predict --json`, with a file's name as `image`.
   */
  async predict(picture: Picture, options?: PredictOptions): Promise<Prediction>;
  async predict(pictures: readonly Picture[], options?: PredictOptions): Promise<Prediction[]>;
  async predict(
    pictures: Picture | readonly Picture[],
    { signal }: PredictOptions = {},
  ): Promise<Prediction | Prediction[]> {
    if (!isSeveral(pictures)) return unlessAborted(this.predictOne(pictures), signal);
    const predictions: Prediction[] = [];
    let next = 0;
    const work = async () => {
      while (next < pictures.length) {
        signal?.throwIfAborted();
        const i = next++;
        predictions[i] = await this.predictOne(pictures[i]);
      }
    };
    await unlessAborted(Promise.all(Array.from({ length: AT_ONCE }, work)), signal);
    return predictions;
  }

  /** Ends the worker and frees its memory. What is still under way is rejected. */
  dispose(): void {
    this.remote.end(new Error("The predictor has been disposed of."));
  }

  private async predictOne(picture: Picture): Promise<Prediction> {
    const element = isElement(picture);
    const predict = element ? await bitmapOf(picture) : picture;
    const transfer = element && predict instanceof ImageBitmap ? [predict] : [];
    const { predicted } = await this.remote.ask({ predict }, { transfer });
    return predicted as Prediction;
  }
}

function isSeveral(pictures: Picture | readonly Picture[]): pictures is readonly Picture[] {
  return Array.isArray(pictures);
}

/** Also one of another frame, whose class is another. */
function isElement(picture: Picture): picture is HTMLImageElement {
  return "naturalWidth" in picture;
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
