// The loss of a run, from its options and its data.
import { UserError } from "../../base/errors.js";
import { nearestFirst } from "../../base/nearest.js";
import type { Dataset } from "../../data/dataset/dataset.js";
import { balancedPositiveWeights, type LossName, type LossSpec, ownOptions } from "../../losses/index.js";
import type { Choice } from "./choice.js";
import type { LossSettings } from "./loss-options.js";

type Weights = LossSettings["labelWeights"];

/** The loss of a run, its weights one a label; and what is worth telling of how they came about. */
export function lossOf(
  settings: LossSettings & { loss: LossName },
  { labels, targets, pictures }: Pick<Dataset, "labels" | "targets" | "pictures">,
): { loss: LossSpec; choices: Choice[] } {
  const { labelSmoothing, positiveWeights, labelWeights } = settings;
  const problems: string[] = [];
  const choices: Choice[] = [];
  const each = (name: string, given: Weights) => weightsOfEach(name, given, labels, problems);
  const loss: LossSpec = { name: settings.loss };
  for (const { name } of ownOptions) if (settings[name] !== undefined) loss[name] = settings[name];
  if (labelSmoothing) loss.labelSmoothing = labelSmoothing;
  if (positiveWeights === "balanced") {
    loss.positiveWeights = balancedPositiveWeights(targets, {
      images: pictures.length,
      labels: labels.length,
    });
    const reason = told(loss.positiveWeights, labels);
    choices.push({ option: "positiveWeights", value: "balanced", reason });
  } else if (positiveWeights) loss.positiveWeights = each("--positive-weights", positiveWeights);
  if (labelWeights) loss.labelWeights = each("--label-weights", labelWeights);
  if (problems.length > 0) {
    throw new UserError("The weights do not go with the labels of the data:", problems);
  }
  return { loss, choices };
}

function weightsOfEach(
  name: string,
  given: Weights,
  labels: readonly string[],
  problems: string[],
): number[] | undefined {
  if (Array.isArray(given)) {
    if (given.length === labels.length) return given;
    const some = labels.slice(0, 4).join(", ");
    problems.push(
      `${name} has ${given.length} weights; wanted one for each of the ${labels.length} labels (${some}` +
        `${labels.length > 4 ? ", …" : ""}). Name those that matter, as label=number; the others then weigh 1.`,
    );
    return undefined;
  }
  for (const label of Object.keys(given ?? {})) {
    if (labels.includes(label)) continue;
    const [nearest] = nearestFirst(label, labels);
    problems.push(`${name} names "${label}", which is no label. The nearest is "${nearest}".`);
  }
  return labels.map((label) => given?.[label] ?? 1);
}

function told(weights: readonly number[], labels: readonly string[]): string {
  const order = weights.map((_, label) => label).sort((a, b) => weights[a] - weights[b]);
  const [least, most] = [order[0], order[order.length - 1]];
  const name = (label: number) => `${Number(weights[label].toPrecision(2))} (${labels[label]})`;
  return `positives count as much as negatives: from ${name(least)} to ${name(most)}`;
}
