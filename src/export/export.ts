// exportBundle: a bundle for other runtimes.
import { UserError } from "../base/errors.js";
import { readBundle } from "../bundle/bundle.js";
import type { Exported, ExportHooks, Format } from "./format.js";
import { formats } from "./formats.js";
import { checkExportOptions, type ExportOptions } from "./options.js";

/**
 * Exports a bundle as `format` to `out`; what is there is replaced.
 * @throws UserError for options, a bundle or data that cannot be used, and where too much quality would be lost
 */
export async function exportBundle(
  dir: string,
  options: ExportOptions,
  hooks: ExportHooks = {},
): Promise<Exported> {
  const settings = checkExportOptions(options);
  const bundle = await readBundle(dir);
  const format: Format = formats[settings.format];
  try {
    return await format.export({ bundle, dir, settings, hooks });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "EISDIR" && code !== "ENOTDIR") throw error;
    throw new UserError(`${settings.out} cannot be written: ${(error as Error).message}.`);
  }
}
