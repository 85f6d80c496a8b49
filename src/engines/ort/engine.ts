// The engine on ONNX Runtime's CPU kernels: it runs wherever the package onnxruntime-node installs.
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { UserError } from "../../base/errors.js";
import { Graph } from "../../graph/graph.js";
import { type Engine, type EngineOptions, engineOf, type Program, type Session } from "../engine.js";
import { WorkerSession } from "../worker/session.js";
import type { Start } from "./worker.js";

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
  return engineOf({
    name: "ort",
    description: `ONNX Runtime ${version}, float32, ${threads} ${threads === 1 ? "thread" : "threads"}`,
    open: () => start({ threads }),
  });
}

/** An ONNX file as it is, which gives these of its outputs. */
export function openModel(file: Uint8Array, outputs: readonly string[], threads: number): Promise<Program> {
  const names = new Graph();
  names.outputs = outputs.map((name) => ({ name, type: "float32", shape: [] }));
  return engineOf({ name: "ort", description: "", open: () => start({ threads, file }) }).compile(names);
}

function start(from: Start): Promise<Session> {
  return WorkerSession.start(new URL("./worker.js", import.meta.url), from, "ONNX Runtime");
}
