// multihot predict: tags for files, folders and patterns.
import type { Command } from "commander";
import pc from "picocolors";
import { UserError } from "../base/errors.js";
import { type Prediction, written } from "../bundle/prediction.js";
import { loadBundle, type Predictor } from "../bundle/predictor.js";
import { expandImages, type Found } from "./files.js";
import { csvLine, table } from "./output.js";
import { Pace, Progress } from "./progress.js";
import { addCommand } from "./usage.js";
import { addEngineOptions, addViewsOption, predictorOptions, type Typed } from "./values.js";

export function addPredict(program: Command): void {
  const command = addCommand(
    program,
    "predict <BUNDLE> <IMAGE...>",
    "Tag images with the model in the folder BUNDLE. IMAGE is a file, a folder or a pattern.",
    "predict run/bundle 'holidays/**/*.jpg' --csv > tags.csv",
  )
    .option("--json", "print JSON: an array with one object per image")
    .option("--csv", "print CSV: one row per image, one column per label");
  addEngineOptions(addViewsOption(command)).action(runPredict);
}

async function runPredict(dir: string, args: string[], { json, csv, ...typed }: Typed): Promise<void> {
  const options = predictorOptions("predict", typed);
  if (json && csv) throw new UserError("Choose either --json or --csv, not both.");
  const progress = new Progress({ json: json === true });
  const found = await expandImages(args);
  progress.begin("Loading the model");
  const predictor = await loadBundle(dir, options);
  progress.begin("tagging", found.length);
  const result = (text: string) => progress.result(text);
  const writer = json
    ? jsonWriter(result)
    : csv
      ? csvWriter(result, predictor)
      : tableWriter(result, predictor);
  const pace = new Pace(found.length);
  let done = 0;
  for await (const prediction of predictions(predictor, found)) {
    writer.write(prediction);
    if (prediction.error !== undefined) process.exitCode = 1;
    progress.update(++done, pace.note(done));
  }
  progress.end();
  writer.end();
  await predictor.close();
}

type Named = Prediction & { readonly image: string };

/** What is found for each argument, in their order. */
async function* predictions(predictor: Predictor, found: readonly Found[]): AsyncGenerator<Named> {
  const pictures = found.flatMap(({ image, error }) => (error === undefined ? [image] : []));
  const stream = predictor.predict(pictures.values());
  for (const { image, error } of found) {
    if (error !== undefined) yield { image, error };
    else {
      const { value } = await stream.next();
      if (value) yield { ...value, image };
    }
  }
}

/** How predictions are written, one after the other. */
interface Writer {
  write(prediction: Named): void;
  end(): void;
}

function jsonWriter(result: (text: string) => void): Writer {
  let before = "[\n";
  return {
    write(prediction) {
      result(before + JSON.stringify(written(prediction)));
      before = ",\n";
    },
    end: () => result(before === "[\n" ? "[]\n" : "\n]\n"),
  };
}

function csvWriter(result: (text: string) => void, { labels }: Predictor): Writer {
  result(`${csvLine(["image", "labels", "error", ...labels])}\n`);
  return {
    write({ image, ...prediction }) {
      const fields =
        prediction.error === undefined
          ? [prediction.labels.join("|"), "", ...labels.map((label) => prediction.probabilities[label])]
          : ["", prediction.error, ...labels.map(() => "")];
      result(`${csvLine([image, ...fields])}\n`);
    },
    end: () => {},
  };
}

function tableWriter(result: (text: string) => void, { labels, thresholds }: Predictor): Writer {
  const rows: string[][] = [];
  return {
    write({ image, ...prediction }) {
      if (prediction.error !== undefined) {
        rows.push([image, pc.red(prediction.error)]);
        return;
      }
      const ranked = [...labels].sort((a, b) => prediction.probabilities[b] - prediction.probabilities[a]);
      const told = (label: string) => `${label} ${prediction.probabilities[label].toFixed(2)}`;
      const tags = ranked.filter((label) => prediction.labels.includes(label)).map(told);
      const threshold = thresholds[labels.indexOf(ranked[0])];
      const none = `none (${told(ranked[0])} comes closest; its threshold is ${threshold.toFixed(2)})`;
      rows.push([image, tags.length > 0 ? tags.join(", ") : pc.dim(none)]);
    },
    end: () => result(`${table([["image"], ["tags"]], rows)}\n`),
  };
}
