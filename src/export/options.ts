// ExportOptions: as what a bundle is exported, and where to.
import { z } from "zod";
import { UserError } from "../base/errors.js";
import { problemsIn, wanted } from "../base/wanted.js";
import { type ExportSettings, type Format, precisions } from "./format.js";
import { formats } from "./formats.js";

const names = Object.keys(formats) as (keyof typeof formats)[];
const text = (error: string) => z.string({ error }).min(1, { error });

const shape = {
  format: z.enum(names),
  /** The file or folder to write. */
  out: text("must be a path"),
  /** What the weights are kept in; default: the format's own. */
  precision: z.enum(precisions).optional(),
  /** Labelled pictures, where a format calibrates or measures; default: those that the run validated on. */
  data: text("must be a labels file").optional(),
  /** Export also where too much quality is lost. */
  force: z.boolean().default(false),
  /** Of the engine; default: the machine's cores. */
  threads: z
    .int({ error: "must be a whole number from 1 up" })
    .min(1, { error: "must be a whole number from 1 up" })
    .optional(),
};
const schema = z.strictObject(shape);

/**
 * As what a bundle is exported, and where to.
 * @interface
 */
export type ExportOptions = z.input<typeof schema>;

/** Checks the options and settles those left out; throws a UserError with every problem at once. */
export function checkExportOptions(options: ExportOptions): ExportSettings & Pick<ExportOptions, "format"> {
  const result = schema.safeParse(options, { error: wanted });
  const problems = problemsIn(result.error);
  if (result.success) {
    const { format: name, out, precision } = result.data;
    const format: Format = formats[name];
    const settled = precision ?? format.precisions[0];
    if (!format.precisions.includes(settled)) {
      problems.push(`precision: ${name} has ${format.precisions.join(" and ")}`);
    }
    if (format.out !== "folder" && !out.endsWith(format.out)) {
      problems.push(`out: must be a file that ends in ${format.out} for ${name}`);
    }
    if (problems.length === 0) return { ...result.data, precision: settled };
  }
  throw new UserError("A bundle cannot be exported with these options:", problems.sort());
}
