// The labelled pictures of an export: those that the run validated on, or others that are named.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { UserError } from "../base/errors.js";
import type { Dataset } from "../data/dataset/dataset.js";
import { readDataset } from "../data/dataset/read.js";
import type { ExportRequest } from "./format.js";

/** @throws UserError where there are none, or they cannot be read */
export async function labelledPictures({ bundle, dir, settings }: ExportRequest): Promise<Dataset> {
  const { labels } = bundle.manifest;
  if (settings.data !== undefined) return readDataset(settings.data, { labels });
  const run = dirname(bundle.folder);
  const setAside = join(run, "validation.csv");
  if (existsSync(setAside)) return readDataset(setAside, { labels });
  const named = await validationOf(join(run, "config.json"));
  if (named !== undefined && existsSync(named.val)) {
    return readDataset(named.val, { labels, format: named.format });
  }
  throw new UserError(
    `int8 is calibrated on labelled pictures, and the run of ${dir} with those that it validated on is not beside ` +
      "it any more. Name a labels file with --data.",
  );
}

/** What a run's configuration says of its validation pictures. */
async function validationOf(config: string): Promise<{ val: string; format?: string } | undefined> {
  try {
    const { settings } = JSON.parse(await readFile(config, "utf8"));
    return typeof settings?.val === "string" ? settings : undefined;
  } catch {
    return undefined;
  }
}
