// multihot check: everything that is wrong with a data set, and the labels without it.
import type { Command } from "commander";
import { UserError } from "../base/errors.js";
import { type CheckOptions, checkDataset } from "../data/check/check.js";
import type { CheckStage } from "../data/check/inspect.js";
import { told } from "./check-report.js";
import { Pace, Progress } from "./progress.js";
import { addCommand } from "./usage.js";
import { checked, type Typed } from "./values.js";

export function addCheck(program: Command): void {
  addCommand(
    program,
    "check <DATA>",
    "Find every problem in DATA, a labels file, and in its images. Exit code 1 if there are errors.",
    "check photos/labels.csv --fix photos/clean.csv",
  )
    .option("--val <DATA>", "validation data, which must not overlap with DATA")
    .option("--fix <FILE>", "write the labels to FILE with the fixable problems fixed")
    .option("--no-decode", "faster: skips damaged images and near copies")
    .option("--examples <N>", "examples of each finding (default: 5)")
    .option("--format <NAME>", "format of DATA (default: detected)")
    .option("--images <DIR>", "folder that the paths in DATA are relative to")
    .option("--group-by <COLUMN>", "a column that groups images and is not a label")
    .option("--workers <N>", "threads that decode images")
    .option("--json", "print JSON: one object")
    .action(runCheck);
}

const stages: Record<CheckStage, string> = {
  files: "looking for files",
  bytes: "comparing files",
  pictures: "decoding",
};

async function runCheck(data: string, { json, ...typed }: Typed): Promise<void> {
  const options = checked("check", typed, ["examples", "workers"], checkOptions);
  const progress = new Progress({ json: json === true });
  progress.begin(`Reading ${data}`);
  let stage: CheckStage | undefined;
  let pace = new Pace(0);
  const start = performance.now();
  const report = await checkDataset(data, {
    ...options,
    onProgress: (now, done, total) => {
      if (now !== stage) {
        stage = now;
        pace = new Pace(total, now === "pictures" ? "pictures" : "files");
        progress.begin(stages[now], total);
      }
      progress.update(done, pace.note(done));
    },
  })
    .catch((error: unknown) => {
      // For a program too it is what there is to say of DATA.
      if (!json || !(error instanceof UserError)) throw error;
      return { data, error: error.message };
    })
    .finally(() => progress.end());
  const seconds = (performance.now() - start) / 1000;
  const failed = "error" in report;
  progress.result(failed || json ? `${JSON.stringify(report, null, 2)}\n` : told(report, seconds));
  if (failed || report.errors > 0 || report.unfixed !== undefined) process.exitCode = 1;
}

function checkOptions(values: Record<string, string | number | boolean | undefined>): CheckOptions {
  const problems: string[] = [];
  for (const [name, least] of [
    ["examples", 0],
    ["workers", 1],
  ] as const) {
    const value = values[name];
    if (value === undefined || (Number.isInteger(value) && Number(value) >= least)) continue;
    problems.push(`${name}: must be a whole number, at least ${least}`);
  }
  if (problems.length > 0) throw new UserError("These options are invalid:", problems);
  return values as CheckOptions;
}
