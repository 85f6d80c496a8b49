// The thread in which ONNX Runtime computes: its run() blocks the thread that calls it.
import { workerData } from "node:worker_threads";
import * as runtime from "onnxruntime-node";
import { serve } from "../worker/serve.js";
import { OrtComputer } from "./computer.js";
import type { Start } from "./start.js";

serve(await OrtComputer.open(runtime, workerData as Start), { ownsResults: true });
