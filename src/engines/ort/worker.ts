// The thread in which ONNX Runtime computes: its run() blocks the thread that calls it.
import { workerData } from "node:worker_threads";
import * as ort from "onnxruntime-node";
import { serve } from "../worker/serve.js";
import { OrtSession } from "./session.js";

/** What the engine gives its worker. */
export interface Start {
  readonly threads: number;
  /** An ONNX file that is run in place of any graph. */
  readonly file?: Uint8Array;
}

const { threads, file } = workerData as Start;
serve(new OrtSession({ ort, provider: "cpu", threads, fillsOutputs: true }, file));
