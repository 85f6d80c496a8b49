// Tuning: calibration and thresholds, chosen on the validation pictures once the best epoch is known.

import { sigmoid } from "../../losses/index.js";
import { drawn, type Fold, folds, judge, type Scored } from "../../metrics/cross-validation.js";
import {
  type Calibration,
  type CalibrationMethod,
  calibrate,
  calibrated,
  calibratedThresholds,
  chooseThresholds,
  type DecisionCounts,
  expectedCalibrationError,
  macroF1,
  microF1,
  precision,
  recall,
  type ThresholdAim,
} from "../../metrics/index.js";
import { labelCounts } from "../../metrics/label-counts.js";
import type { Settings } from "../recipe/options.js";
import type { Scores } from "./scores.js";

/** What was chosen; `tuning.json` in the run's folder. */
export interface Tuning {
  /** Validation pictures that it was chosen on, and how many of them bear each label. */
  readonly images: number;
  readonly positives: readonly number[];
  /** One a label, for probabilities after calibration. */
  readonly thresholds: readonly number[];
  /** What they were chosen for; `none` where they are 0.5. */
  readonly thresholdFor: Settings["thresholdFor"];
  /** Each label's logit becomes scale·logit + shift; null where logits stay as they are. */
  readonly calibration: ({ readonly method: CalibrationMethod } & Calibration) | null;
  /** Both judged on pictures that nothing was chosen on, by five-fold cross-validation; null if nothing was tried. */
  readonly crossValidation: {
    /** All labels together, of the logits as they come and after calibration. */
    readonly calibrationError: { readonly before: number; readonly after: number } | null;
    /** With thresholds of 0.5 and with chosen ones, after calibration. */
    readonly f1: { readonly half: F1; readonly chosen: F1 } | null;
  };
  /** What was done and why, a sentence each. */
  readonly notes: readonly string[];
}

interface F1 {
  readonly macro: number;
  readonly micro: number;
}

/** Ten for the one number that a temperature, or a threshold for all labels, is. */
const LEAST = 10;

/** Reads `f1`, `micro-f1`, `precision=0.9` or `recall=0.9`. */
function aimOf(thresholdFor: Exclude<Settings["thresholdFor"], "none">): ThresholdAim {
  if (thresholdFor === "f1" || thresholdFor === "micro-f1") return thresholdFor;
  const [name, value] = thresholdFor.split("=");
  return name === "precision" ? { precision: Number(value) } : { recall: Number(value) };
}

const figure = (value: number) => value.toFixed(3);

/**
 * Chooses on the best epoch's scores what `calibrate` and `thresholdFor` ask for. What cross-validation finds no better
 * than leaving things alone is left alone; so is everything where known targets are too few to fit a single number.
 */
export function tune(
  { images, logits, targets }: Scores,
  labels: number,
  { calibrate: method, thresholdFor, seed, epochs }: Settings,
): Tuning {
  const data: Scored = { scores: logits, targets, images, labels };
  const { positives, negatives } = labelCounts(targets, labels);
  const [there, absent] = [positives, negatives].map((counts) => counts.reduce((sum, n) => sum + n, 0));
  const notes: string[] = [];
  const left: Tuning = {
    images,
    positives,
    thresholds: new Array(labels).fill(0.5),
    thresholdFor: "none",
    calibration: null,
    crossValidation: { calibrationError: null, f1: null },
    notes,
  };
  if (method === "none" && thresholdFor === "none") return left;
  if (epochs === 0) return left;
  if (Math.min(there, absent) < LEAST) {
    notes.push(
      `thresholds stay at 0.5, and probabilities as they are: the validation pictures have ${there} ` +
        `${there === 1 ? "tag that is" : "tags that are"} there and ${absent} that are not; from fewer than ${LEAST} of ` +
        "each only noise could be fitted",
    );
    return left;
  }
  const parts = folds(drawn(data, seed));
  const { calibration, error } = chooseCalibration(method, data, parts, notes);
  const { thresholds, chosenFor, f1 } = chooseDecisions(thresholdFor, calibration, data, parts, notes);
  return {
    ...left,
    thresholds: thresholds ?? left.thresholds,
    thresholdFor: chosenFor,
    calibration,
    crossValidation: { calibrationError: error, f1 },
  };
}

const shapeOf = ({ images, labels }: Scored) => ({ images, labels });

function fitted(method: CalibrationMethod, data: Scored): { method: CalibrationMethod } & Calibration {
  const { scale, shift } = calibrate(method, data.scores, data.targets, shapeOf(data));
  // A bundle's graph has them in float32.
  return { method, scale: scale.map(Math.fround), shift: shift.map(Math.fround) };
}

function chooseCalibration(
  method: Settings["calibrate"],
  data: Scored,
  parts: readonly Fold[],
  notes: string[],
): { calibration: Tuning["calibration"]; error: Tuning["crossValidation"]["calibrationError"] } {
  if (method === "none") return { calibration: null, error: null };
  // All folds together: in a fifth alone, chance would make most of the error.
  const errorOf = (probabilitiesOf: (fold: Fold) => Float32Array) => {
    const probabilities = Float32Array.from(parts.flatMap((fold) => [...probabilitiesOf(fold)]));
    const targets = Float32Array.from(parts.flatMap(({ judgedOn }) => [...judgedOn.targets]));
    return expectedCalibrationError(probabilities, targets, shapeOf(data)) ?? 0;
  };
  const before = errorOf(({ judgedOn }) => sigmoid(judgedOn.scores));
  const after = errorOf(({ chosenOn, judgedOn }) =>
    sigmoid(calibrated(judgedOn.scores, fitted(method, chosenOn))),
  );
  const error = { before, after };
  const told = `expected calibration error ${figure(before)} → ${figure(after)}, by cross-validation`;
  if (after >= before) {
    notes.push(`probabilities stay as they are: ${method} would make them no truer (${told})`);
    return { calibration: null, error };
  }
  notes.push(`calibrated by ${method}: ${told}`);
  return { calibration: fitted(method, data), error };
}

function chooseDecisions(
  thresholdFor: Settings["thresholdFor"],
  calibration: Tuning["calibration"],
  data: Scored,
  parts: readonly Fold[],
  notes: string[],
): {
  thresholds: number[] | undefined;
  chosenFor: Settings["thresholdFor"];
  f1: Tuning["crossValidation"]["f1"];
} {
  const left = { thresholds: undefined, chosenFor: "none", f1: null } as const;
  if (thresholdFor === "none") return left;
  const choose = ({ scores, targets, ...shape }: Scored) =>
    chooseThresholds(sigmoid(scores), targets, { ...shape, for: aimOf(thresholdFor) });
  const half = f1Of(
    judge(parts, ({ chosenOn, judgedOn }) => {
      const line = calibration && fitted(calibration.method, chosenOn);
      const logits = line ? calibrated(judgedOn.scores, line) : judgedOn.scores;
      return { scores: sigmoid(logits), thresholds: 0.5 };
    }),
  );
  // Before calibration, where a label that is hard to see has not been flattened yet.
  const counts = judge(parts, ({ chosenOn, judgedOn }) => ({
    scores: sigmoid(judgedOn.scores),
    thresholds: choose(chosenOn),
  }));
  const chosen = f1Of(counts);
  const f1 = { half, chosen };
  const average = thresholdFor === "micro-f1" ? "micro" : "macro";
  const told = `${average} F1 ${figure(chosen[average])}, with 0.5 ${figure(half[average])}, by cross-validation`;
  if (/f1$/.test(thresholdFor) && chosen[average] <= half[average]) {
    notes.push(`thresholds stay at 0.5: chosen ones would be no better (${told})`);
    return { ...left, f1 };
  }
  notes.push(`thresholds chosen for ${thresholdFor}: ${tellReached(aimOf(thresholdFor), counts)}${told}`);
  const thresholds = choose(data);
  return {
    thresholds: calibration ? calibratedThresholds(thresholds, calibration) : thresholds,
    chosenFor: thresholdFor,
    f1,
  };
}

/** How far labels have come to a precision or recall that was asked for; nothing of an F1. */
function tellReached(aim: ThresholdAim, counts: readonly DecisionCounts[]): string {
  if (typeof aim === "string") return "";
  const [name, of, wanted] =
    "precision" in aim
      ? (["precision", precision, aim.precision] as const)
      : (["recall", recall, aim.recall] as const);
  const values = counts.map(of).filter((value) => value !== null);
  const reaching = values.filter((value) => value >= wanted).length;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.length === 0
    ? "no label is given; "
    : `${reaching} of ${values.length} labels reach it, their mean ${name} is ${figure(mean)}, `;
}

function f1Of(counts: readonly DecisionCounts[]): F1 {
  return { macro: macroF1(counts) ?? 0, micro: microF1(counts) ?? 0 };
}
