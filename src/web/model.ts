// Model: in the worker, a bundle's network and the preparation of its pictures.
import type * as Ort from "onnxruntime-web";
import { UserError } from "../base/errors.js";
import { type Prediction, selfCheckFailure, tagsOf } from "../bundle/prediction.js";
import { centerTransform } from "../data/transform/crop-plan.js";
import { transformPicture } from "../data/transform/transform.js";
import { download, request } from "./download.js";
import { fetchManifest, type WebManifest } from "./manifest.js";
import type { Loaded, LoadRequest, Sent } from "./messages.js";
import type { LoadProgress } from "./options.js";
import { openSent, UnreadablePicture } from "./pixels.js";
import { allowedThreads, hasGraphicsCard, loadRuntime } from "./runtime.js";
import type { Device } from "./runtime-files.js";

/** What the numbers of the self-check may differ by, as in Node. */
const TOLERANCE = 1e-3;

export class Model {
  /** Ends with the picture before: a session computes one at a time. */
  private turn: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly manifest: WebManifest,
    private readonly ort: typeof Ort,
    private readonly session: Ort.InferenceSession,
    private readonly device: Device,
  ) {}

  get loaded(): Loaded {
    const { labels, thresholds } = this.manifest;
    const threads = this.device === "wasm" ? (this.ort.env.wasm.numThreads ?? 1) : 1;
    return { labels, thresholds, device: this.device, threads };
  }

  /** Throws a UserError that says what cannot be had, or how the self-check fails. */
  static async open(load: LoadRequest, onProgress: (progress: LoadProgress) => void): Promise<Model> {
    const { url, device = "auto", cache = true, selfCheck = true } = load;
    const manifest = await fetchManifest(url);
    const best = device !== "auto" ? device : (await hasGraphicsCard()) ? "webgpu" : "wasm";
    const [ort, bytes, picture] = await Promise.all([
      loadRuntime(load.runtime, best, allowedThreads(load.threads), { onProgress }),
      download(`${url}model.onnx`, { part: "model", ...manifest.model, cache, onProgress }),
      selfCheck
        ? request(url + encodeURIComponent(manifest.selfCheck.image)).then((r) => r.blob())
        : undefined,
    ]);
    const tried = async (device: Device) => {
      const session = await openSession(ort, bytes, device, url);
      const model = new Model(manifest, ort, session, device);
      if (picture) await model.checkItself(url, picture);
      return model;
    };
    if (device !== "auto" || best === "wasm") return tried(best);
    return tried("webgpu").catch((error: unknown) => {
      console.warn(`multihot computes with WebAssembly, since WebGPU does not do: ${error}`);
      return tried("wasm");
    });
  }

  async predict(picture: Sent): Promise<Prediction> {
    const image = picture instanceof File ? { image: picture.name } : {};
    const { labels, thresholds } = this.manifest;
    try {
      return { ...image, ...tagsOf(await this.probabilitiesOf(picture), labels, { thresholds }) };
    } catch (error) {
      if (!(error instanceof UnreadablePicture)) throw error;
      return { ...image, error: error.message };
    }
  }

  private async probabilitiesOf(picture: Sent): Promise<Float32Array> {
    const { preprocess } = this.manifest;
    const { crop } = preprocess;
    const pixels = await transformPicture(await openSent(picture), centerTransform(preprocess));
    const image = new this.ort.Tensor("uint8", pixels, [1, crop, crop, 3]);
    const run = () => this.session.run({ image }, ["probabilities"]);
    const running = this.turn.then(run, run);
    this.turn = running;
    return (await running).probabilities.data as Float32Array;
  }

  private async checkItself(url: string, picture: Blob): Promise<void> {
    const { selfCheck, labels } = this.manifest;
    const found = await this.probabilitiesOf(picture);
    const failure = selfCheckFailure(found, selfCheck.probabilities, labels, TOLERANCE);
    if (failure === undefined) return;
    await this.session.release();
    const decoder = /\.png$/i.test(selfCheck.image) ? "" : ", or its decoder reads the picture otherwise";
    throw new UserError(
      `The bundle ${url} fails its self-check: ${failure}. A file of the bundle was changed, or this browser ` +
        `computes wrongly with ${this.device === "webgpu" ? "WebGPU" : "WebAssembly"}${decoder}.`,
    );
  }
}

async function openSession(ort: typeof Ort, bytes: Uint8Array, device: Device, url: string) {
  try {
    return await ort.InferenceSession.create(bytes, { executionProviders: [device] });
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new UserError(
      device === "webgpu"
        ? `The bundle ${url} cannot run on WebGPU in this browser: ${said}`
        : `The model of the bundle ${url} cannot be run; its file may be damaged. (${said})`,
    );
  }
}
