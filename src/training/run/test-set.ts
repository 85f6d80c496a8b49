// The test set: images that take no part in training, on which the finished bundle is measured once.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { writeWhole } from "../../base/write-whole.js";
import { evaluate } from "../../bundle/evaluate.js";
import type { EngineName } from "../../engines/index.js";
import type { TestFigures } from "../events/events.js";
import type { Hooks } from "../events/hooks.js";
import { Advancing } from "../events/pace.js";
import type { Prepared } from "./prepare.js";

/** The figures of the bundle that has been written, measured unless the run's folder has them; undefined without a test set. */
export async function measureTestSet(
  { settings, folder, engine }: Prepared,
  { emit }: Hooks,
): Promise<TestFigures | undefined> {
  const { test, images, format, groupBy, unknown, threads } = settings;
  if (test === undefined) return undefined;
  const kept = await keptTestFigures(folder.test);
  if (kept !== undefined) return kept;
  let advancing: Advancing | undefined;
  const evaluation = await evaluate(folder.bundle, test, {
    engine: engine.name as EngineName,
    threads,
    format,
    groupBy,
    images,
    unknown,
    onProgress: (done, total) => {
      advancing ??= new Advancing(total);
      emit({ event: "test", ...advancing.to(done) });
    },
    onSkipped: ({ picture: { name, row }, reason }) =>
      emit({ event: "skipped", set: "test", picture: name, row, reason }),
  });
  const result = { source: test, ...evaluation };
  await writeWhole(folder.test, `${JSON.stringify(result, null, 2)}\n`);
  return result;
}

/** What has been measured before. */
export async function keptTestFigures(file: string): Promise<TestFigures | undefined> {
  return existsSync(file) ? JSON.parse(await readFile(file, "utf8")) : undefined;
}
