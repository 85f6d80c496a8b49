// openEngine: the engine with that name.
import { UserError } from "../base/errors.js";
import type { Graph } from "../graph/graph.js";
import type { Engine, EngineOptions } from "./engine.js";
import { onednnEngine } from "./onednn/engine.js";
import { findOnednn } from "./onednn/open.js";
import { firstUnknown } from "./onednn/operators.js";
import { ortEngine } from "./ort/engine.js";

export type { Engine, EngineOptions, Precision, Program, Tensors } from "./engine.js";
export { ortEngine };

export const engineNames = ["auto", "ort", "onednn"] as const;
/** `ort`: ONNX Runtime; `onednn`: oneDNN; `auto`: the fastest that works on this machine. */
export type EngineName = (typeof engineNames)[number];

/**
 * Opens an engine; `auto` takes the fastest that works on this machine, and says in its `note` why it is not
 * oneDNN where it isn't.
 * @param network what it is to run, where that is known: `auto` takes an engine that has all of its operators
 * @throws UserError for an engine that isn't there or a precision that it doesn't have
 */
export async function openEngine(
  name: EngineName,
  options: EngineOptions = {},
  network?: Graph,
): Promise<Engine> {
  if (name === "ort") return ortEngine(options);
  const found = await findOnednn();
  const unknown = name === "auto" && network ? firstUnknown(network) : undefined;
  if ("library" in found && unknown === undefined) return onednnEngine(found.library, options);
  if (name === "onednn" && "reason" in found) {
    throw new UserError(
      `The engine oneDNN cannot be used: ${found.reason}. ONNX Runtime works everywhere: use --engine ort (or auto).`,
    );
  }
  const reason =
    "reason" in found
      ? `oneDNN cannot be used: ${found.reason}`
      : `the oneDNN engine cannot run ${unknown?.op}, the operator of node "${unknown?.name}"`;
  return { ...ortEngine(options), note: `ONNX Runtime computes, since ${reason}.` };
}
