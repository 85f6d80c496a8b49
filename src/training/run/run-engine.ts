// The engine of a run: the one that computes its steps faster here, and that it was begun on.
import { UserError } from "../../base/errors.js";
import { type Engine, openEngine } from "../../engines/index.js";
import { engineDescribed } from "../../engines/registry.js";
import type { Graph } from "../../graph/graph.js";
import { bce } from "../../losses/index.js";
import { trainableWeights } from "../../models/freeze.js";
import type { Network } from "../../models/network.js";
import type { Settings } from "../recipe/options.js";
import { sgd } from "../step/optimizers/sgd.js";
import { stepGraphs } from "../step/step-graph.js";

/** What of a run's settings decides. */
type EngineSettings = Pick<Settings, "engine" | "precision" | "threads" | "freeze" | "batchnorm" | "epochs">;

/** A step as the settings have it, but for what hardly takes time: loss, update and craft. */
function typicalStep(net: Network, { freeze, batchnorm, epochs }: EngineSettings): Graph {
  const trainable = trainableWeights(net, freeze);
  if (epochs === 0 || trainable.size === 0) return net.graph;
  const options = { trainable, batchnorm, loss: bce(), optimizer: sgd({ learningRate: 0.01 }) };
  return stepGraphs(net.graph, options).gradient.graph;
}

/** @param begun the description of the engine that the run began with, which `auto` stays with as long as it is there */
export async function openRunEngine(
  net: Network,
  settings: EngineSettings,
  begun: string | undefined,
): Promise<Engine> {
  const { engine: name, precision, threads } = settings;
  const options = { threads, precision };
  if (name !== "auto") return openEngine(name, options);
  const same = begun === undefined ? undefined : engineDescribed(begun);
  if (same) {
    try {
      return await openEngine(same, options);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }
  return openEngine(name, options, typicalStep(net, settings));
}
