// openEngine: the engine with that name.
import { UserError } from "../base/errors.js";
import type { Engine, EngineOptions } from "./engine.js";
import { ortEngine } from "./ort/engine.js";

export type { Engine, EngineOptions, Precision, Program, Tensors } from "./engine.js";
export { ortEngine };

export const engineNames = ["auto", "ort", "onednn"] as const;
export type EngineName = (typeof engineNames)[number];

/**
 * Opens an engine; `auto` takes the fastest that works on this machine.
 * @throws UserError for an engine that isn't there or a precision that it doesn't have
 */
export async function openEngine(name: EngineName, options: EngineOptions = {}): Promise<Engine> {
  if (name === "onednn") {
    throw new UserError("This version has no oneDNN engine: use --engine ort (or auto).");
  }
  return ortEngine(options);
}
