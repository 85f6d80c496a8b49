// Loss options: what a run may be told of its loss, and the loss that comes of it.
import { z } from "zod";
import { UserError } from "../../base/errors.js";
import { nearestFirst } from "../../base/nearest.js";
import type { Dataset } from "../../data/dataset/dataset.js";
import {
  balancedPositiveWeights,
  type LossName,
  type LossSpec,
  lossNames,
  type OwnOptionName,
  ownOptions,
  wantedOf,
} from "../../losses/index.js";
import type { Choice } from "./choice.js";

const weight = z
  .number({ error: "a weight is a number, 0 or more" })
  .min(0, { error: "a weight is a number, 0 or more" });
const weights = [z.array(weight), z.record(z.string(), weight)] as const;
const someWeights = "a number for each label in their order, or some as label=number, is wanted";

const own = Object.fromEntries(
  ownOptions.map(({ name, ...option }) => {
    const inRange = z.number({ error: "a number is wanted" }).refine((value) => !wantedOf(value, option), {
      error: ({ input }) => `a number is wanted: ${wantedOf(Number(input), option)}`,
    });
    return [name, inRange.optional()];
  }),
) as Record<OwnOptionName, z.ZodOptional<z.ZodNumber>>;

/** As the options of a run have them; those that not every loss has are told by the losses themselves. */
export const lossShape = {
  loss: z.enum(lossNames as [LossName, ...LossName[]]).optional(),
  ...own,
  /** ε in [0, 1): answers are 1 − ε/2 and ε/2 instead of 1 and 0. */
  labelSmoothing: z
    .number({ error: "a number is wanted" })
    .min(0, { error: "a number is wanted: 0 or more, and less than 1" })
    .lt(1, { error: "a number is wanted: 0 or more, and less than 1" })
    .optional(),
  /**
   * What a label's positives weigh: one number a label, or some by the label's name and the rest 1; `balanced`: as
   * many times more as the training pictures have negatives for a positive, at most 10.
   */
  positiveWeights: z
    .union([z.literal("balanced"), ...weights], { error: `balanced, or ${someWeights}` })
    .optional(),
  /** What a label weighs as a whole, told in the same way. */
  labelWeights: z.union(weights, { error: someWeights }).optional(),
};

type LossSettings = z.output<z.ZodObject<typeof lossShape>>;
type Weights = LossSettings["labelWeights"];

/** Options of another loss than the run's, as problems: `name: what to do`. */
export function misplacedLossOptions(options: LossSettings, loss: LossName): string[] {
  return ownOptions
    .filter(({ name, losses }) => options[name] !== undefined && !losses.includes(loss))
    .map(({ name, losses }) => {
      const owners = losses.map((owner) => `--loss ${owner}`).join(" and ");
      return `${name}: it belongs to ${owners}, and the loss is ${loss}. Leave it out, or choose that loss.`;
    });
}

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
