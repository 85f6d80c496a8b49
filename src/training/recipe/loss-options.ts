// Loss options: what the options of a run say of its loss.
import { z } from "zod";
import { type LossName, lossNames, type OwnOptionName, ownOptions, wantedOf } from "../../losses/index.js";

const weight = z
  .number({ error: "a weight is a number, 0 or more" })
  .min(0, { error: "a weight is a number, 0 or more" });
const weights = [z.array(weight), z.record(z.string(), weight)] as const;
const someWeights = "must be a number for each label in their order, or some of them as label=number";

const own = Object.fromEntries(
  ownOptions.map(({ name, ...option }) => {
    const inRange = z.number({ error: "must be a number" }).refine((value) => !wantedOf(value, option), {
      error: ({ input }) => `must be a number: ${wantedOf(Number(input), option)}`,
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
    .number({ error: "must be a number" })
    .min(0, { error: "must be a number: 0 or more, and less than 1" })
    .lt(1, { error: "must be a number: 0 or more, and less than 1" })
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

export type LossSettings = z.output<z.ZodObject<typeof lossShape>>;

/** Options of another loss than the run's, as problems: `name: what to do`. */
export function misplacedLossOptions(options: LossSettings, loss: LossName): string[] {
  return ownOptions
    .filter(({ name, losses }) => options[name] !== undefined && !losses.includes(loss))
    .map(({ name, losses }) => {
      const owners = losses.map((owner) => `--loss ${owner}`).join(" and ");
      return `${name}: it belongs to ${owners}, and the loss is ${loss}. Leave it out, or choose that loss.`;
    });
}
