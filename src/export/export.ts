// exportBundle: a bundle for other runtimes.
import { constants } from "node:fs";
import { access, mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { UserError } from "../base/errors.js";
import { readBundle } from "../bundle/bundle.js";
import type { Exported, ExportHooks, Format } from "./format.js";
import { formats } from "./formats.js";
import { checkExportOptions, type ExportOptions } from "./options.js";

/** Makes the folder of what will be written. @throws UserError if nothing can be written there: before minutes of measuring */
async function checkPlace(out: string): Promise<void> {
  const folder = dirname(resolve(out));
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    const { message } = error as Error;
    throw new UserError(`${out} cannot be written: ${message}. Choose another --out.`, [], { cause: error });
  }
}

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
  await checkPlace(settings.out);
  try {
    return await format.export({ bundle, dir, settings, hooks });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "EISDIR" && code !== "ENOTDIR") throw error;
    throw new UserError(`${settings.out} cannot be written: ${(error as Error).message}.`);
  }
}
