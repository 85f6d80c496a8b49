// What thresholds and calibration do on real scores that nothing was chosen on: carries out docs/measurements/thresholds.md.
//
//   node dist/bench/thresholds.js RUN…
//
// RUN is a folder of `multihot train`, judged on its validation pictures.
import { join } from "node:path";
import { Command } from "commander";
import { sigmoid } from "../src/losses/index.js";
import { drawn, type Fold, folds, judge, type Scored } from "../src/metrics/cross-validation.js";
import {
  type Calibration,
  calibrate,
  calibrated,
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
} from "../src/metrics/index.js";
import { CheckpointFolder } from "../src/training/run/checkpoint.js";

/** Of so many pictures; of all where there are not as many. */
const SIZES = [150, 300, 600, 800];
const DRAWS = 8;
const WANTED = 0.8;
/** Of positives and of negatives: a label with fewer gets the calibration of all labels together. */
const LEAST_OF_OWN_LINE = 20;

const mean = (values: readonly (number | null)[]) => {
  const defined = values.filter((value) => value !== null);
  return defined.reduce((sum, value) => sum + value, 0) / defined.length;
};

/** The best epoch's logits of a run's validation pictures, before any calibration. */
async function scoresOf(run: string): Promise<Scored> {
  const best = await new CheckpointFolder(join(run, "checkpoint")).best();
  if (best?.scores === undefined) throw new Error(`${run} keeps no scores; finish it by --resume.`);
  const { images, logits, targets } = best.scores;
  return { scores: logits, targets, images, labels: logits.length / images };
}

// ---- thresholds

const shapeOf = ({ images, labels }: Scored) => ({ images, labels });

function chosen({ chosenOn, judgedOn }: Fold, aim: ThresholdAim, shrinkage?: number) {
  const options = { ...shapeOf(chosenOn), for: aim, shrinkage };
  return {
    scores: sigmoid(judgedOn.scores),
    thresholds: chooseThresholds(sigmoid(chosenOn.scores), chosenOn.targets, options),
  };
}

const deciding: Record<string, (fold: Fold, aim: ThresholdAim) => ReturnType<Parameters<typeof judge>[1]>> = {
  "0.5": ({ judgedOn }) => ({ scores: sigmoid(judgedOn.scores), thresholds: 0.5 }),
  "own optimum": (fold, aim) => chosen(fold, aim, 0),
  ours: (fold, aim) => chosen(fold, aim),
  "ours, one threshold for micro F1": (fold, aim) => chosen(fold, aim === "f1" ? "micro-f1" : aim),
  "0.5 after Platt scaling": ({ chosenOn, judgedOn }) => ({
    scores: sigmoid(calibrated(judgedOn.scores, plattScaling(chosenOn.scores, chosenOn.targets, chosenOn))),
    thresholds: 0.5,
  }),
};

const lacking = (metric: (counts: DecisionCounts) => number | null) => (counts: readonly DecisionCounts[]) =>
  mean(counts.map((label) => Math.max(0, WANTED - (metric(label) ?? WANTED))));

const aims: readonly { aim: ThresholdAim; figures: ((counts: DecisionCounts[]) => number)[] }[] = [
  { aim: "f1", figures: [(counts) => macroF1(counts) ?? 0, (counts) => microF1(counts) ?? 0] },
  { aim: { precision: WANTED }, figures: [lacking(precision)] },
  { aim: { recall: WANTED }, figures: [lacking(recall)] },
];

function decisionFigures(parts: readonly Fold[], way: string): number[] {
  return aims.flatMap(({ aim, figures }) => {
    const counts = judge(parts, (fold) => deciding[way](fold, aim));
    return figures.map((figure) => figure(counts));
  });
}

// ---- calibration

/** Platt scaling for labels that have enough to fit it on, the line of all labels together for the rest. */
function guarded({ scores, targets, ...shape }: Scored): Calibration {
  const own = plattScaling(scores, targets, shape);
  const together = plattScaling(scores, targets, { images: scores.length, labels: 1 });
  const counts = Array.from({ length: shape.labels }, () => [0, 0]);
  targets.forEach((target, i) => {
    if (target >= 0) counts[i % shape.labels][Number(target >= 0.5)]++;
  });
  const pick = (name: "scale" | "shift") =>
    counts.map((count, label) =>
      Math.min(...count) >= LEAST_OF_OWN_LINE ? own[name][label] : together[name][0],
    );
  return { scale: pick("scale"), shift: pick("shift") };
}

const calibrating: Record<string, (chosenOn: Scored) => Calibration | undefined> = {
  "as they come": () => undefined,
  temperature: (data) => calibrate("temperature", data.scores, data.targets, data),
  "Platt scaling": (data) => plattScaling(data.scores, data.targets, data),
  [`Platt scaling from ${LEAST_OF_OWN_LINE} positives on`]: guarded,
  "Platt scaling as train does it": (data) => calibrate("platt", data.scores, data.targets, data),
};

/** Of all folds together: in a fifth alone, chance would make most of the error. */
function calibrationErrors(parts: readonly Fold[], way: string): number[] {
  const probabilities = parts.flatMap(({ chosenOn, judgedOn }) => {
    const line = calibrating[way](chosenOn);
    return [...sigmoid(line ? calibrated(judgedOn.scores, line) : judgedOn.scores)];
  });
  const targets = parts.flatMap(({ judgedOn }) => [...judgedOn.targets]);
  const { labels } = parts[0].judgedOn;
  const shape = { images: targets.length / labels, labels };
  return [
    expectedCalibrationError(probabilities, targets, shape) ?? 0,
    mean(expectedCalibrationErrors(probabilities, targets, shape)),
  ];
}

// ---- the comparison

/** Of each run, the mean over draws. */
type OfRuns = number[];

/** Told as a verdict where the mean of the differences is above twice its standard error. */
function difference(ours: OfRuns, theirs: OfRuns, better: "greater" | "less"): string {
  const differences = ours.map((value, run) => value - theirs[run]);
  const difference = mean(differences);
  const squares = differences.reduce((sum, each) => sum + (each - difference) ** 2, 0);
  const error = Math.sqrt(squares / (differences.length - 1) / differences.length);
  const told = `${difference.toFixed(4)} ± ${error.toFixed(4)}`;
  if (!(Math.abs(difference) > 2 * error)) return told;
  return `${told} ${difference > 0 === (better === "greater") ? "better" : "worse"}`;
}

interface Compared {
  /** Their names, and what of two is the better one. */
  figures: Record<string, "greater" | "less">;
  of: (parts: readonly Fold[], way: string) => number[];
  ways: readonly string[];
  /** The one of them that the others are compared with. */
  ours: string;
}

function compare(runs: readonly Scored[], { figures, of, ways, ours }: Compared): void {
  const names = Object.keys(figures);
  console.log(`\n| pictures | | ${names.join(" | ")} |\n| --: | --- |${" --: |".repeat(names.length)}`);
  for (const size of SIZES) {
    const draws = runs.map((run) =>
      Array.from({ length: DRAWS }, (_, draw) => folds(drawn(run, draw, Math.min(size, run.images)))),
    );
    /** By way, then by figure. */
    const found = new Map(
      ways.map((way) => {
        const ofRuns = draws.map((ofDraws) => ofDraws.map((parts) => of(parts, way)));
        return [
          way,
          names.map((_, i): OfRuns => ofRuns.map((each) => mean(each.map((values) => values[i])))),
        ];
      }),
    );
    for (const [way, values] of found) {
      console.log(`| ${size} | ${way} | ${values.map((each) => mean(each).toFixed(4)).join(" | ")} |`);
    }
    if (runs.length < 2) continue;
    const own = found.get(ours) ?? [];
    for (const [way, values] of found) {
      if (way === ours) continue;
      const told = names.map((name, i) => difference(own[i], values[i], figures[name]));
      console.log(`| ${size} | ${ours} − ${way} | ${told.join(" | ")} |`);
    }
  }
}

const runs: Scored[] = [];
for (const run of new Command().argument("<RUN...>").parse().args) runs.push(await scoresOf(run));
console.log("**Thresholds**");
compare(runs, {
  figures: {
    "macro F1": "greater",
    "micro F1": "greater",
    "a precision of 0.8 is missed by": "less",
    "a recall of 0.8 is missed by": "less",
  },
  of: decisionFigures,
  ways: Object.keys(deciding),
  ours: "ours",
});
console.log("\n**Expected calibration error**");
compare(runs, {
  figures: { together: "less", "mean over labels": "less" },
  of: calibrationErrors,
  ways: Object.keys(calibrating),
  ours: "Platt scaling as train does it",
});
