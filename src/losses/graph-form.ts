// A loss as a node of a graph, and its formula as code for one element.
import type { GraphBuilder } from "../graph/builder.js";
import type { Formula } from "../graph/operators/loss/elements.js";
import { type LossAttributes, toAttributes } from "../graph/operators/loss/multi-label-loss.js";
import { checkOptions } from "./inputs.js";
import type { LossOptions, LossValues } from "./loss.js";

/** Cross-entropy as it is. */
export const plain: Formula = { gammaPositive: 0, gammaNegative: 0, margin: 0 };

/** Adds the node of a loss: `logits` and `targets` float32 [N, labels]. */
export function addLoss(
  builder: GraphBuilder,
  logits: string,
  targets: string,
  labels: number,
  formula: Formula,
  meanOver: LossAttributes["meanOver"],
  options: LossOptions,
): LossValues {
  checkOptions(options, labels);
  const { reduction = "mean", labelSmoothing = 0, positiveWeights, labelWeights } = options;
  const [loss, gradient, elements] = builder.training("MultiLabelLoss", [logits, targets], {
    name: "loss",
    outputs: 3,
    attributes: toAttributes({
      ...formula,
      reduction,
      meanOver,
      labelSmoothing,
      positiveWeights: positiveWeights && Array.from(positiveWeights),
      labelWeights: labelWeights && Array.from(labelWeights),
    }),
  });
  const isMean = reduction === "mean" || reduction === "batchmean";
  return { loss, gradient, elements: isMean ? elements : undefined };
}
