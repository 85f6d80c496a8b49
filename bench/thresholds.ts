// What thresholds and calibration do on real scores, by cross-validation:
// `node dist/bench/thresholds.js BUNDLE DATA`, with data that the bundle has not learned from.
import { Command } from "commander";
import { loadBundle } from "../src/bundle/predictor.js";
import { readDataset } from "../src/data/read.js";
import { drawn, folds, judge, type Scored } from "../src/metrics/cross-validation.js";
import {
  chooseThresholds,
  type DecisionCounts,
  expectedCalibrationError,
  expectedCalibrationErrors,
  macroF1,
  microF1,
  plattScaling,
  precision,
  recall,
  type ThresholdAim,
  temperature,
} from "../src/metrics/index.js";

const WANTED = 0.8;
const ROUNDS = 8;

const command = new Command()
  .argument("<BUNDLE>")
  .argument("<DATA>")
  .option("--format <NAME>", "the data's format")
  .parse();
const [bundle, data] = command.args;
const scored = await score(bundle, data, command.opts<{ format?: string }>().format);

const mean = (values: readonly (number | null)[]) => {
  const defined = values.filter((value) => value !== null);
  return defined.reduce((sum, value) => sum + value, 0) / defined.length;
};
const missed = (metric: (counts: DecisionCounts) => number | null) => (counts: readonly DecisionCounts[]) =>
  mean(counts.map((label) => Math.max(0, WANTED - (metric(label) ?? WANTED))));

const tables: {
  title: string;
  aim: ThresholdAim;
  columns: Record<string, (c: DecisionCounts[]) => number>;
}[] = [
  {
    title: "thresholds for F1",
    aim: "f1",
    columns: { "macro F1": (c) => macroF1(c) ?? 0, "micro F1": (c) => microF1(c) ?? 0 },
  },
  {
    title: `thresholds for a precision of ${WANTED}`,
    aim: { precision: WANTED },
    columns: { "missed by": missed(precision), recall: (c) => mean(c.map(recall)) },
  },
  {
    title: `thresholds for a recall of ${WANTED}`,
    aim: { recall: WANTED },
    columns: { "missed by": missed(recall), precision: (c) => mean(c.map(precision)) },
  },
];

const sizes = [150, 300, 600].filter((size) => size < scored.images).concat(scored.images);
for (const { title, aim, columns } of tables) {
  const names = Object.keys(columns);
  console.log(`\n**${title}**\n\n| images | thresholds | ${names.join(" | ")} |`);
  console.log(`| --: | --- |${names.map(() => " --: |").join("")}`);
  for (const size of sizes) {
    for (const shrinkage of [undefined, 0, 5, 10, 20]) {
      const decided = Array.from({ length: ROUNDS }, (_, round) =>
        judge(folds(drawn(scored, round, size)), ({ chosenOn, judgedOn }) => {
          const { scores, targets, ...shape } = chosenOn;
          const thresholds =
            shrinkage === undefined
              ? 0.5
              : chooseThresholds(scores, targets, { ...shape, for: aim, shrinkage });
          return { scores: judgedOn.scores, thresholds };
        }),
      );
      const values = names.map((name) => mean(decided.map(columns[name])).toFixed(4));
      const words =
        shrinkage === undefined ? "0.5" : shrinkage === 0 ? "own optimum" : `shrinkage ${shrinkage}`;
      console.log(`| ${size} | ${words} | ${values.join(" | ")} |`);
    }
  }
}

console.log(
  "\n**expected calibration error**\n\n| images | | together | mean over labels |\n| --: | --- | --: | --: |",
);
for (const size of sizes) {
  const ways: Record<string, (chosenOn: Scored, judgedOn: Scored) => Float32Array> = {
    "as they come": (_, judgedOn) => judgedOn.scores,
    temperature: (chosenOn, judgedOn) => {
      const T = temperature(logitsOf(chosenOn), chosenOn.targets, chosenOn);
      return logitsOf(judgedOn).map((x) => sigmoid(x / T));
    },
    "Platt scaling": (chosenOn, judgedOn) => {
      const { scale, shift } = plattScaling(logitsOf(chosenOn), chosenOn.targets, chosenOn);
      return logitsOf(judgedOn).map((x, i) =>
        sigmoid(scale[i % scored.labels] * x + shift[i % scored.labels]),
      );
    },
  };
  for (const [words, calibrate] of Object.entries(ways)) {
    const errors = Array.from({ length: ROUNDS }, (_, round) => {
      // All folds together: in a fifth alone, chance would make most of the error.
      const parts = folds(drawn(scored, round, size));
      const probabilities = Float32Array.from(parts.flatMap((p) => [...calibrate(p.chosenOn, p.judgedOn)]));
      const targets = Float32Array.from(parts.flatMap((p) => [...p.judgedOn.targets]));
      const shape = { images: size, labels: scored.labels };
      return [
        expectedCalibrationError(probabilities, targets, shape),
        mean(expectedCalibrationErrors(probabilities, targets, shape)),
      ];
    });
    const [together, ofLabels] = [0, 1].map((i) => mean(errors.map((error) => error[i])).toFixed(4));
    console.log(`| ${size} | ${words} | ${together} | ${ofLabels} |`);
  }
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

function logitsOf({ scores }: Scored): Float32Array {
  return scores.map((p) => Math.max(-20, Math.min(20, Math.log(p / (1 - p)))));
}

async function score(bundle: string, data: string, format?: string): Promise<Scored> {
  const predictor = await loadBundle(bundle);
  const { labels } = predictor;
  const dataset = await readDataset(data, { format, labels });
  const predictions = await predictor.predict(dataset.pictures.map(({ path }) => path));
  await predictor.close();
  const probabilities: number[] = [];
  const targets: number[] = [];
  predictions.forEach((prediction, image) => {
    if (prediction.error !== undefined) return;
    probabilities.push(...labels.map((label) => prediction.probabilities[label]));
    targets.push(...dataset.targets.subarray(image * labels.length, (image + 1) * labels.length));
  });
  return {
    scores: Float32Array.from(probabilities),
    targets: Float32Array.from(targets),
    images: probabilities.length / labels.length,
    labels: labels.length,
  };
}
