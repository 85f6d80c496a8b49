// multihot evaluate: how good a bundle is on labelled images.
import type { Command } from "commander";
import pc from "picocolors";
import { count } from "../base/count.js";
import { evaluate } from "../bundle/evaluate.js";
import type { Evaluation } from "../bundle/manifest.js";
import { seenWarning } from "../bundle/seen-images.js";
import { type Column, number, table } from "./output.js";
import { Pace, Progress } from "./progress.js";
import { addCommand } from "./usage.js";
import { addEngineOptions, addViewsOption, predictorOptions, type Typed, unknownOption } from "./values.js";

export function addEvaluate(program: Command): void {
  const command = addCommand(
    program,
    "evaluate <BUNDLE> <DATA>",
    "Measure the model in the folder BUNDLE on the images and tags of DATA, a labels file.",
    "evaluate run/bundle photos/test.csv",
  )
    .option("--format <NAME>", "format of DATA (default: detected)")
    .option("--images <DIR>", "folder that the paths in DATA are relative to")
    .option("--group-by <COLUMN>", "a column that groups images and is not a label")
    .option("--unknown <WHAT>", "unknown labels: ignore (default), or negative")
    .option("--json", "print JSON: one object, with null for undefined values");
  addEngineOptions(addViewsOption(command)).action(runEvaluate);
}

async function runEvaluate(
  dir: string,
  data: string,
  { json, format, groupBy, images, unknown, ...typed }: Typed,
): Promise<void> {
  const options = predictorOptions("evaluate", typed);
  const progress = new Progress({ json: json === true });
  progress.begin("Loading the model");
  let pace: Pace | undefined;
  const evaluation = await evaluate(dir, data, {
    ...options,
    format: typeof format === "string" ? format : undefined,
    groupBy: typeof groupBy === "string" ? groupBy : undefined,
    images: typeof images === "string" ? images : undefined,
    unknown: unknownOption(unknown),
    onProgress: (done, total) => {
      if (!pace) {
        pace = new Pace(total);
        progress.begin("evaluating", total);
      }
      progress.update(done, pace.note(done));
    },
    onSeen: (seen, images) => {
      const warning = seenWarning(seen, images);
      if (warning) progress.warn(pc.yellow(warning));
    },
    onSkipped: ({ picture: { name, row }, reason }) =>
      progress.warn(pc.yellow(`Skipped ${name} (row ${row} of ${data}): ${reason}`)),
  }).finally(() => progress.end());
  progress.result(json ? `${JSON.stringify(evaluation, null, 2)}\n` : `${told(evaluation)}\n`);
}

function told(evaluation: Evaluation): string {
  const { mAPInterval: interval } = evaluation;
  const columns: Column[] = [
    ["label"],
    ["positives", "right"],
    ["average precision", "right"],
    ["threshold", "right"],
    ["precision", "right"],
    ["recall", "right"],
    ["F1", "right"],
  ];
  const rows = evaluation.labels.map((label) => [
    label.name,
    String(label.positives),
    ...[label.averagePrecision, label.threshold, label.precision, label.recall, label.f1].map(number),
  ]);
  const figures: (readonly [string, number | null | undefined])[] = [
    ["loss", evaluation.loss],
    ...(evaluation.bce === undefined ? [] : [["binary cross-entropy", evaluation.bce] as const]),
    ["micro F1 (OF1)", evaluation.microF1],
    ["macro F1", evaluation.macroF1],
    ["CF1", evaluation.CF1],
    ["F1 per image", evaluation.imageF1],
    ["Hamming loss", evaluation.hammingLoss],
    ["subset accuracy", evaluation.subsetAccuracy],
    ["ranking average precision", evaluation.rankingAveragePrecision],
    ["coverage error", evaluation.coverageError],
    ["ranking loss", evaluation.rankingLoss],
  ];
  const onImages = evaluation.labels.filter(({ positives }) => positives > 0).length;
  const summary = [
    ...figures.map(([name, value]) => [name, number(value)]),
    ["labels found (N+)", `${evaluation.labelsFound} of ${onImages}`],
  ];
  const between = interval ? ` (95 % confidence: ${number(interval.low)} to ${number(interval.high)})` : "";
  return [
    table(columns, rows),
    "",
    `${pc.bold(`mAP ${number(evaluation.mAP)}`)}${between} on ${count(evaluation.images, "image")}`,
    "",
    table([["measure"], ["value", "right"]], summary),
  ].join("\n");
}
