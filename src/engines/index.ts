// openEngine: the engine with that name.
import { hasForeign } from "../graph/foreign/node.js";
import type { Graph } from "../graph/graph.js";
import { chooseEngine } from "./auto/choose.js";
import type { Engine, EngineOptions } from "./engine.js";
import { ortEngine } from "./ort/engine.js";
import { type EngineName, entries } from "./registry.js";
import { AS_IT_IS, shared } from "./shared.js";

export type { Engine, EngineOptions, Precision, Program, RunOptions, Session, Tensors } from "./engine.js";
export { type EngineName, engineNames } from "./registry.js";
export { ortEngine };

/**
 * Opens an engine. `auto` is the one that is measured to be faster on this machine, and its `note` says why.
 * @param graph what is to be run most: `auto` takes an engine that has its operators, and measures it, once for each
 *   machine and structure, in a few seconds
 * @throws UserError for an engine that does not work here or a precision that it does not have
 */
export async function openEngine(
  name: EngineName,
  options: EngineOptions = {},
  graph?: Graph,
): Promise<Engine> {
  const entry = entries.find((one) => one.name === name);
  if (graph && hasForeign(graph)) {
    if (!entry || entry.name === "ort") return { ...ortEngine(options), note: AS_IT_IS };
    return shared(await entry.open(options), ortEngine({ threads: options.threads }));
  }
  return entry ? entry.open(options) : chooseEngine(options, graph);
}
