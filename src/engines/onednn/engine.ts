// The engine on oneDNN, the library of primitives under PyTorch and TensorFlow, driven from TypeScript.
import { availableParallelism } from "node:os";
import { UserError } from "../../base/errors.js";
import { type Engine, type EngineOptions, engineOf, type Precision } from "../engine.js";
import { WorkerSession } from "../worker/session.js";
import type { Start } from "./session.js";

/** The library that an engine runs on. */
export interface Library {
  readonly path: string;
  readonly version: string;
  /** How many times faster than float32 it computes in bf16; undefined where it computes that wrongly. */
  readonly bf16Gain?: number;
}

/** What bf16 has to gain before `auto` takes it: its numbers are coarser. */
const WORTH_IT = 1.25;

function choose(
  { version, bf16Gain }: Library,
  wanted: EngineOptions["precision"],
): { precision: Precision; note?: string } {
  if (wanted === "bf16" && bf16Gain === undefined) {
    throw new UserError(
      `oneDNN ${version} does not compute in bf16 on this machine: use --precision fp32 (or auto).`,
    );
  }
  if (wanted !== "auto") return { precision: wanted ?? "fp32" };
  if (bf16Gain === undefined || bf16Gain < WORTH_IT) return { precision: "fp32" };
  const note = `Computes in bf16 (weights stay float32): measured ${bf16Gain.toFixed(1)} times faster here.`;
  return { precision: "bf16", note };
}

/**
 * @param library one that has been tried on this machine
 * @throws UserError for bf16 where the library has not passed its trial in it
 */
export function onednnEngine(library: Library, options: EngineOptions = {}): Engine {
  const { path, version } = library;
  const { threads = availableParallelism() } = options;
  const { precision, note } = choose(library, options.precision);
  const numbers = precision === "bf16" ? "bf16 with float32 weights" : "float32";
  return engineOf({
    name: "onednn",
    description: `oneDNN ${version}, ${numbers}, ${threads} ${threads === 1 ? "thread" : "threads"}`,
    precision,
    note,
    open: () =>
      WorkerSession.start(
        new URL("./worker.js", import.meta.url),
        { library: path, threads, precision } satisfies Start,
        "oneDNN",
      ),
  });
}
