// The engine on ONNX Runtime's CPU kernels: it runs wherever the package onnxruntime-node installs.
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import type { Transferable } from "node:worker_threads";
import { UserError } from "../../base/errors.js";
import type { Graph, ValueInfo } from "../../graph/graph.js";
import { writeOnnx } from "../../graph/onnx.js";
import { inferShapes } from "../../graph/shapes.js";
import type { Tensor } from "../../graph/tensor.js";
import type { Engine, EngineOptions, Program } from "../engine.js";
import { WorkerProgram } from "../worker/program.js";
import { lower } from "./lower/lower.js";
import type { Start } from "./start.js";

const { version } = createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string };

/** How ONNX Runtime words an operator that it doesn't have. */
const UNKNOWN_OPERATOR =
  /No Op registered for|is not a registered function\/op|Could not find an implementation/;

/** @throws UserError for bf16, which ONNX Runtime's CPU kernels do not compute in */
export function ortEngine(options: EngineOptions = {}): Engine {
  if (options.precision === "bf16") {
    throw new UserError("ONNX Runtime computes in float32 on a CPU: use --precision fp32 (or auto).");
  }
  const threads = options.threads ?? availableParallelism();
  return {
    name: "ort",
    description: `ONNX Runtime ${version}, float32, ${threads} ${threads === 1 ? "thread" : "threads"}`,
    compile: (graph) => start(prepare(graph, threads)),
  };
}

async function start(from: Start): Promise<Program> {
  try {
    return await WorkerProgram.start(new URL("./worker.js", import.meta.url), from, "ONNX Runtime", [
      from.model.buffer as Transferable,
    ]);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (!UNKNOWN_OPERATOR.test(message)) throw error;
    throw new UserError(`ONNX Runtime cannot run an operator of this network: ${message}`);
  }
}

/** State becomes inputs and outputs of the model, so that ONNX Runtime takes none of it for constant. */
function prepare(graph: Graph, threads: number): Start {
  const lowered = lower(graph).clone();
  const state = new Map<string, Tensor>();
  // A state that nothing replaces twice is all that ONNX Runtime can return: outputs need names of their own.
  if (graph.state.size > 0) {
    const shapes = inferShapes(graph);
    const listed = new Set(lowered.outputs.map((output) => output.name));
    for (const [name, next] of graph.state) {
      const value = lowered.initializers.get(name);
      if (!value) throw new TypeError(`State ${name} is no initializer of the graph.`);
      state.set(name, value);
      lowered.initializers.delete(name);
      lowered.inputs.push({ name, type: value.type, shape: value.shape });
      const info: ValueInfo = { ...(shapes.get(next) ?? value), name: next };
      if (!listed.has(next)) lowered.outputs.push(info);
      listed.add(next);
    }
  }
  return {
    model: writeOnnx(lowered),
    threads,
    outputs: graph.outputs.map((output) => output.name),
    next: graph.state,
    state,
  };
}
