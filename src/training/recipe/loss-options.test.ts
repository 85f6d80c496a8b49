// Outside truth: balanced weights counted by hand; the losses' own lists of options.
import assert from "node:assert/strict";
import { test } from "node:test";
import { settled } from "../../../test/support/settled.js";
import type { UserError } from "../../base/errors.js";
import type { Dataset } from "../../data/dataset/dataset.js";
import { lossByName } from "../../losses/index.js";
import { checkOptions, type TrainOptions } from "./options.js";
import { lossOf } from "./run-loss.js";

const checked = (options: Partial<TrainOptions>) => checkOptions({ data: "d.csv", out: "run", ...options });
const problemsOf = (options: object) => {
  try {
    checked(options);
  } catch (error) {
    return (error as UserError).problems;
  }
  return [];
};
/** 10 pictures: cat on one, dog on nine, person on five of the eight that are known. */
const labels = ["cat", "dog", "person"];
const data = {
  labels,
  pictures: Array.from({ length: 10 }, (_, i) => ({ path: `${i}`, name: `${i}`, row: i + 2 })),
  targets: Float32Array.from({ length: 30 }, (_, i) => {
    const picture = Math.floor(i / 3);
    return [Number(picture === 0), Number(picture > 0), picture < 2 ? -1 : Number(picture < 7)][i % 3];
  }),
  source: "d.csv",
} as unknown as Dataset;
const made = (options: Partial<TrainOptions>) => lossOf(settled(checked(options)).settings, data);

test("an option of another loss is an error that says whose it is", () => {
  assert.deepEqual(problemsOf({ gamma: 2 }), [
    "gamma: it belongs to --loss focal, and the loss is bce. Leave it out, or choose that loss.",
  ]);
  assert.match(problemsOf({ loss: "asymmetric", alpha: 0.2 })[0], /^alpha: it belongs to --loss focal/);
  assert.deepEqual(problemsOf({ loss: "focal", gamma: 2, alpha: 0.25 }), []);
  // The run that goes on knows its loss.
  assert.deepEqual(problemsOf({ resume: true, gamma: 2 }), []);
});

test("every value out of its range is told, with what is wanted", () => {
  assert.deepEqual(
    problemsOf({ loss: "focal", gamma: -1, alpha: 2, margin: 1, labelSmoothing: 1, positiveWeights: [-1] }),
    [
      "alpha: must be a number: from 0 to 1",
      "gamma: must be a number: a finite number, 0 or more",
      "labelSmoothing: must be a number: 0 or more, and less than 1",
      "margin: it belongs to --loss asymmetric, and the loss is focal. Leave it out, or choose that loss.",
      "margin: must be a number: 0 or more, and less than 1",
      "positiveWeights.0: a weight is a number, 0 or more",
    ],
  );
});

test("what is left out is settled from the loss's own description, with the reason", () => {
  const { settings, choices } = settled(checked({ loss: "asymmetric", gammaNegative: 2 }));
  assert.deepEqual(
    [
      settings.gammaPositive,
      settings.gammaNegative,
      settings.margin,
      settings.gamma,
      settings.labelSmoothing,
    ],
    [1, 2, 0.05, undefined, 0],
  );
  assert.ok(choices.some((choice) => /^--margin 0.05: the default of the published code/.test(choice)));
  assert.ok(!choices.some((choice) => /^--gamma-negative/.test(choice)));
  assert.equal(settled(checked({})).settings.loss, "bce");
});

test("balanced weights are negatives for a positive, at most 10, unknown left out", () => {
  const { loss, choices } = made({ positiveWeights: "balanced" });
  assert.deepEqual(loss.positiveWeights, [9, 1 / 9, 3 / 5]);
  assert.deepEqual(choices, [
    {
      option: "positiveWeights",
      value: "balanced",
      reason: "positives count as much as negatives: from 0.11 (dog) to 9 (cat)",
    },
  ]);
});

test("weights are told one a label, or by name, the others 1", () => {
  const { loss } = made({ loss: "focal", alpha: 0.5, positiveWeights: [1, 2, 3], labelWeights: { dog: 0 } });
  assert.deepEqual(loss, {
    name: "focal",
    gamma: 2,
    alpha: 0.5,
    positiveWeights: [1, 2, 3],
    labelWeights: [1, 0, 1],
  });
  // What JSON keeps of it makes the same loss.
  const again = JSON.parse(JSON.stringify(loss));
  const x = [Float32Array.of(1, -2, 0.5), Float32Array.of(1, 0, 1)] as const;
  assert.deepEqual(
    lossByName(again.name, again).evaluate(...x, { images: 1, labels: 3 }),
    lossByName(loss.name, loss).evaluate(...x, { images: 1, labels: 3 }),
  );
});

test("weights that do not go with the labels are all told", () => {
  assert.throws(() => made({ positiveWeights: { dgo: 2 }, labelWeights: [1, 2] }), {
    message:
      /--positive-weights names "dgo".*nearest is "dog"[\s\S]*--label-weights has 2 weights; wanted one/,
  });
});
