// The thread that gives the device its work.
import { workerData } from "node:worker_threads";
import { serve } from "../worker/serve.js";
import { webgpuSession } from "./runtime.js";

/** What the engine gives its worker. */
export interface Start {
  readonly threads: number;
}

serve(webgpuSession((workerData as Start).threads));
