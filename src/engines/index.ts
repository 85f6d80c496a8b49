// openEngine: the engine with that name.
import { UserError } from "../base/errors.js";
import type { Engine, EngineOptions } from "./engine.js";
import { onednnEngine } from "./onednn/engine.js";
import { findOnednn } from "./onednn/open.js";
import { ortEngine } from "./ort/engine.js";

export type { Engine, EngineOptions, Precision, Program, Tensors } from "./engine.js";
export { ortEngine };

export const engineNames = ["auto", "ort", "onednn"] as const;
/** `ort`: ONNX Runtime; `onednn`: oneDNN; `auto`: the fastest that works on this machine. */
export type EngineName = (typeof engineNames)[number];

/**
 * Opens an engine; `auto` takes the fastest that works on this machine, and says in its `note` why it is not
 * oneDNN where it isn't.
 * @throws UserError for an engine that isn't there or a precision that it doesn't have
 */
export async function openEngine(name: EngineName, options: EngineOptions = {}): Promise<Engine> {
  if (name === "ort") return ortEngine(options);
  const found = await findOnednn();
  if ("library" in found) return onednnEngine(found.library, options);
  if (name === "onednn") {
    throw new UserError(
      `The engine oneDNN cannot be used: ${found.reason}. ONNX Runtime works everywhere: use --engine ort (or auto).`,
    );
  }
  return {
    ...ortEngine(options),
    note: `ONNX Runtime computes, since oneDNN cannot be used: ${found.reason}.`,
  };
}
