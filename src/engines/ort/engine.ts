// The engine on ONNX Runtime's CPU kernels: it runs wherever the package onnxruntime-node installs.
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import type { Transferable } from "node:worker_threads";
import { UserError } from "../../base/errors.js";
import type { Engine, EngineOptions, Program } from "../engine.js";
import { WorkerProgram } from "../worker/program.js";
import { prepare } from "./prepare.js";
import type { Start } from "./start.js";

const installed = createRequire(import.meta.url);

/**
 * How a person gets the package: npm leaves it out where its install script fails, which only fetches CUDA's libraries.
 * The binaries that we use are inside.
 */
export function installOrt(): string {
  const { optionalDependencies } = installed("../../../../package.json");
  return `npm install onnxruntime-node@${optionalDependencies["onnxruntime-node"]} --ignore-scripts`;
}

/** The version of onnxruntime-node; undefined where it is not installed. */
export function ortVersion(): string | undefined {
  try {
    return installed("onnxruntime-node/package.json").version;
  } catch {
    return undefined;
  }
}

/** How ONNX Runtime words an operator that it doesn't have. */
const UNKNOWN_OPERATOR =
  /No Op registered for|is not a registered function\/op|Could not find an implementation/;

/** @throws UserError where the package is missing, and for bf16, in which ONNX Runtime's CPU kernels do not compute */
export function ortEngine(options: EngineOptions = {}): Engine {
  if (options.precision === "bf16") {
    throw new UserError("ONNX Runtime computes in float32 on a CPU: use --precision fp32 (or auto).");
  }
  const version = ortVersion();
  if (version === undefined) {
    throw new UserError(
      `ONNX Runtime cannot be used: the package onnxruntime-node is not installed. To get it: ${installOrt()}`,
    );
  }
  const threads = options.threads ?? availableParallelism();
  return {
    name: "ort",
    description: `ONNX Runtime ${version}, float32, ${threads} ${threads === 1 ? "thread" : "threads"}`,
    compile: async (graph) => start(prepare(graph, threads)),
  };
}

/** An ONNX file as it is, which gives these of its outputs. */
export function openModel(file: Uint8Array, outputs: readonly string[], threads: number): Promise<Program> {
  const model = file.slice();
  return start({ model, threads, outputs, next: new Map(), state: new Map(), updates: [] });
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
