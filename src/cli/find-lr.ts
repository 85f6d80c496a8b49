// multihot find-lr: which learning rate a run can take, as numbers and as a plot.
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { Command } from "commander";
import pc from "picocolors";
import { UserError } from "../base/errors.js";
import {
  checkFindLrOptions,
  type FindLrOptions,
  findLearningRate,
  type LrFinding,
  leftOfTraining,
} from "../training/find-lr/find-lr.js";
import { INTERRUPTED, interruptible } from "./interrupt.js";
import { typedWeights } from "./loss-options.js";
import { fromHere } from "./output.js";
import { typedChannels } from "./preprocess-options.js";
import { Progress } from "./progress.js";
import { TextTeller } from "./train-events.js";
import { addTrainOptions, numericTrainOptions } from "./train-options.js";
import { addCommand } from "./usage.js";
import { checked, type Typed } from "./values.js";

const numeric = ["from", "to", "steps", ...numericTrainOptions];

/** Options of train that mean something else here, or nothing. */
const own: ReadonlySet<string> = new Set([...leftOfTraining, "json"]);

const rounded = (rate: number) => Number(rate.toPrecision(2));

export function addFindLr(program: Command): void {
  const command = addCommand(
    program,
    "find-lr <DATA>",
    "Run a learning-rate range test on DATA and suggest a rate for train.",
    "find-lr photos/labels.csv --backbone resnet18 --freeze backbone",
  )
    .optionsGroup("Trials:")
    .option("--out <FILE>", "file for the plot (default: find-lr.svg)")
    .option("--from <RATE>", "first rate (default: train's rate / 10,000)")
    .option("--to <RATE>", "last rate (default: train's rate x 1,000)")
    .option("--steps <N>", "batches to run (default: 100)")
    .option("--json", "print JSON: one object");
  for (const option of addTrainOptions(new Command()).options) {
    if (!own.has(option.attributeName())) command.addOption(option);
  }
  command.action(async (data: string, typed: Typed) => runFindLr(data, typed));
}

async function runFindLr(data: string, { json, out = "find-lr.svg", ...typed }: Typed): Promise<void> {
  const options = checked("find-lr", typed, numeric, (values) =>
    checkFindLrOptions({ ...values, ...typedWeights(typed), ...typedChannels(typed), data } as FindLrOptions),
  );
  const progress = new Progress({ json: json === true });
  const teller = new TextTeller(progress);
  const { signal, release } = interruptible(() => progress.warn("Stopping after this batch."));
  let trying = false;
  progress.begin("Reading data and weights");
  const finding = await findLearningRate(options, {
    signal,
    onEvent: (event) => {
      if (event.event !== "trial") {
        teller.tell(event);
        return;
      }
      if (!trying) progress.begin("trying learning rates", event.total);
      trying = true;
      progress.update(event.done, `rate ${event.rate.toPrecision(2)}, loss ${event.loss.toFixed(4)}`);
    },
  })
    .catch((error: unknown) => {
      if (!signal.aborted || error !== signal.reason) throw error;
      return undefined;
    })
    .finally(() => {
      progress.end();
      release();
    });
  if (finding === undefined) {
    progress.warn("Stopped too early to suggest a rate.");
    process.exitCode = INTERRUPTED;
    return;
  }
  const plot = resolve(String(out));
  const { lrChart } = await import("./lr-chart.js");
  await writeFile(plot, lrChart(finding)).catch((error: Error) => {
    throw new UserError(`The plot cannot be written to ${plot}: ${error.message}. Choose another --out.`);
  });
  progress.result(json ? `${JSON.stringify(toJson(finding, plot))}\n` : `${told(finding, plot)}\n`);
}

function toJson({ found, headInit, ...rest }: LrFinding, plot: string): object {
  const { suggestion = null, lowest = null } = found ?? {};
  return { suggestion, lowest, headInit: headInit ?? null, ...rest, plot };
}

function told(finding: LrFinding, plot: string): string {
  const { trials, found, diverged, usual, headFactor, headInit } = finding;
  const where = `The plot is in ${fromHere(plot)}`;
  const last = rounded(trials[trials.length - 1]?.rate ?? 0);
  if (!found) {
    return [
      `The loss did not fall at any rate up to ${last}${diverged ? ", where it diverged" : ""}.`,
      diverged
        ? "Try again with a lower --from, or more --steps."
        : "Try again with a higher --to, or more --steps.",
      where,
    ].join("\n");
  }
  const quiet = headInit === undefined ? "" : ` --head-init ${headInit}`;
  const head = headFactor === 1 ? "" : ` (train gives the head ${rounded(headFactor)} times that)`;
  return [
    `The loss fell fastest at ${rounded(found.suggestion)}, was lowest at ${rounded(found.lowest)}, and ` +
      `${diverged ? "diverged" : "had not diverged"} at ${last}.`,
    `Suggested: ${pc.bold(`--lr ${rounded(found.suggestion)}${quiet}`)}${head}. By default, ` +
      `train uses ${rounded(usual)}.`,
    where,
  ].join("\n");
}
