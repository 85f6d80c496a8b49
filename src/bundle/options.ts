// PredictorOptions: how a bundle is run.
import { z } from "zod";
import { UserError } from "../base/errors.js";
import { problemsIn, wanted } from "../base/wanted.js";
import { engineNames } from "../engines/registry.js";
import { viewsNames } from "./views.js";

const natural = z.int({ error: "must be a whole number from 1 up" }).min(1, {
  error: "must be a whole number from 1 up",
});

const shape = {
  engine: z.enum(engineNames).default("auto"),
  /** `auto` is fp32: the same tags on every machine. */
  precision: z.enum(["auto", "fp32", "bf16"]).default("auto"),
  /** Of the engine; default: the machine's cores. */
  threads: natural.optional(),
  /** Images that are computed at once. */
  batch: natural.default(16),
  /**
   * How often each image is seen, its logits being the mean: `flip`, also mirrored; `5`, in the middle and towards each
   * corner. Default: once. Each view takes as long as the image itself.
   */
  views: z.enum(viewsNames).optional(),
  /** Whether loading proves that the bundle gives the numbers here that it gave where it was written. */
  selfCheck: z.boolean().default(true),
};
const schema = z.strictObject(shape);

/**
 * How a bundle is run.
 * @interface
 */
export type PredictorOptions = z.input<typeof schema>;
export type PredictorSettings = z.output<typeof schema>;

/** Checks the options and settles those left out; throws a UserError with every problem at once. */
export function checkPredictorOptions(options: PredictorOptions): PredictorSettings {
  const result = schema.safeParse(options, { error: wanted });
  if (result.success) return result.data;
  throw new UserError("A bundle cannot be run with these options:", problemsIn(result.error).sort());
}
