// PredictorOptions: how a bundle is run.
import { z } from "zod";
import { UserError } from "../base/errors.js";

const natural = z.int({ error: "a whole number from 1 up is wanted" }).min(1, {
  error: "a whole number from 1 up is wanted",
});

const shape = {
  engine: z.enum(["auto", "ort", "onednn"], { error: "auto, ort or onednn is wanted" }).default("auto"),
  /** `auto` is fp32: the same tags on every machine. */
  precision: z.enum(["auto", "fp32", "bf16"], { error: "auto, fp32 or bf16 is wanted" }).default("auto"),
  /** Of the engine; default: the machine's cores. */
  threads: natural.optional(),
  /** Pictures that are computed at once. */
  batch: natural.default(16),
  /** Whether loading proves that the bundle gives the numbers here that it gave where it was written. */
  selfCheck: z.boolean({ error: "true or false is wanted" }).default(true),
};
const schema = z.strictObject(shape, {
  error: (issue) =>
    issue.code === "unrecognized_keys"
      ? `there is no ${issue.keys.join(", ")}; there are ${Object.keys(shape).join(", ")}`
      : "an object is wanted",
});

export type PredictorOptions = z.input<typeof schema>;
export type PredictorSettings = z.output<typeof schema>;

/** Checks the options and settles those left out; throws a UserError with every problem at once. */
export function checkPredictorOptions(options: PredictorOptions): PredictorSettings {
  const result = schema.safeParse(options);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => [...path, message].join(": "));
  throw new UserError("A bundle cannot be run with these options:", problems.sort());
}
