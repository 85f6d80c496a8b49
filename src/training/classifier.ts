// classifier: a live network on the engine that is fastest here.
import { openEngine } from "../engines/index.js";
import type { Backbone } from "../models/backbone.js";
import { type NetworkOptions, network } from "../models/network.js";
import { Classifier } from "./step/classifier.js";

/**
 * A backbone with a linear classifier of its own, one logit a label.
 * @throws UserError if the number of labels or the size cannot be
 */
export function classifier(backbone: Backbone, options: NetworkOptions): Classifier {
  return new Classifier(network(backbone, options), (graph) => openEngine("auto", {}, graph));
}
