// Messages: what the page and its worker say to each other.
import type { Failed, Prediction } from "../bundle/prediction.js";
import type { LoadOptions, LoadProgress } from "./options.js";

/** A picture as it goes to the worker; or why it does not. */
export type Sent = Blob | ImageBitmap | ImageData | Failed;

export interface LoadRequest extends Pick<LoadOptions, "device" | "threads" | "cache" | "selfCheck"> {
  /** Folders, absolute, with a slash at the end. */
  readonly url: string;
  readonly runtime: string;
}

export interface Request {
  readonly id: number;
  readonly load?: LoadRequest;
  readonly predict?: Sent;
}

/** What is known of a bundle once it has been loaded. */
export interface Loaded {
  readonly labels: readonly string[];
  readonly thresholds: readonly number[];
  readonly device: "webgpu" | "wasm";
  /** Threads that compute: 1 on WebGPU. */
  readonly threads: number;
}

/** One field beside the id. A request gets one answer, and any number of `progress` before. */
export interface Answer {
  readonly id: number;
  readonly progress?: LoadProgress;
  readonly loaded?: Loaded;
  readonly predicted?: Prediction;
  /** `user` tells what the user can mend from a fault. */
  readonly failed?: { readonly message: string; readonly user: boolean };
}
