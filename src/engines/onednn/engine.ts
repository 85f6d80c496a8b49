// The engine on oneDNN, the library of primitives under PyTorch and TensorFlow, driven from TypeScript.
import { availableParallelism } from "node:os";
import { UserError } from "../../base/errors.js";
import type { Graph } from "../../graph/graph.js";
import { inferShapes } from "../../graph/shapes.js";
import type { Engine, EngineOptions } from "../engine.js";
import { WorkerProgram } from "../worker/program.js";
import { canRun } from "./operators.js";
import { fieldsOf, type Start } from "./start.js";

/** The library that an engine runs on. */
export interface Library {
  readonly path: string;
  readonly version: string;
  /** The processor's instructions, as dnnl_cpu_isa_t numbers them. */
  readonly isa: number;
  /** Whether it computes in bf16 what it should. */
  readonly bf16: boolean;
}

function checkOperators(graph: Graph): void {
  for (const node of graph.nodes) {
    if (canRun(node)) continue;
    throw new UserError(`The oneDNN engine cannot run ${node.op}, the operator of node "${node.name}".`);
  }
  inferShapes(graph);
}

/**
 * @param library one that has been tried on this machine
 * @throws UserError for bf16 where the library has not passed its trial in it
 */
export function onednnEngine({ path, version, bf16 }: Library, options: EngineOptions = {}): Engine {
  const { threads = availableParallelism(), precision = "fp32" } = options;
  if (precision === "bf16" && !bf16) {
    throw new UserError(
      `oneDNN ${version} does not compute in bf16 on this machine: use --precision fp32 (or auto).`,
    );
  }
  const numbers = precision === "bf16" ? "bfloat16 with float32 weights" : "float32";
  return {
    name: "onednn",
    description: `oneDNN ${version}, ${numbers}, ${threads} ${threads === 1 ? "thread" : "threads"}`,
    async compile(graph) {
      checkOperators(graph);
      const start: Start = { library: path, threads, precision, graph: fieldsOf(graph) };
      return WorkerProgram.start(new URL("./worker.js", import.meta.url), start, "oneDNN");
    },
  };
}
