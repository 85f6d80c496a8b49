// multihot report: a run's report, written anew.
import type { Command } from "commander";
import { reportRun } from "../training/run/report.js";
import { fromHere } from "./output.js";
import { Progress } from "./progress.js";
import { reportTask } from "./train-events.js";
import { addCommand } from "./usage.js";
import type { Typed } from "./values.js";

export function addReport(program: Command): void {
  addCommand(
    program,
    "report <RUN>",
    "Write RUN/report.html again. An unfinished run is reported at its best epoch so far.",
    "report run",
  )
    .option("--json", "print JSON: one object")
    .action(async (run: string, typed: Typed) => runReport(run, typed));
}

async function runReport(run: string, { json }: Typed): Promise<void> {
  const progress = new Progress({ json: json === true });
  let task = "";
  progress.begin("Reading the run");
  const path = await reportRun(run, (done, total) => {
    const next = reportTask({ total });
    if (next !== task) progress.begin(next, total);
    task = next;
    progress.update(done, "");
  }).finally(() => progress.end());
  progress.result(json ? `${JSON.stringify({ report: path })}\n` : `The report is in ${fromHere(path)}\n`);
}
