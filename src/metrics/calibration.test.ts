// Platt scaling, temperature and calibration error, against scikit-learn and SciPy.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { random } from "../base/random.js";
import {
  expectedCalibrationError,
  expectedCalibrationErrors,
  plattScaling,
  reliability,
  temperature,
} from "./index.js";

interface Golden {
  logits: number[];
  targets: number[];
  /** Scale and shift as scikit-learn's BFGS leaves them, and to the last digits. */
  sklearn: [number, number];
  platt: [number, number];
  temperature: number | null;
  calibration: { share: number[]; probability: number[]; error: number };
}
const golden: Golden[] = JSON.parse(readFileSync("test/golden/calibration.json", "utf8"));
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

function close(found: number | null, exact: number, tolerance: number, what: string) {
  assert.ok(
    found !== null && Math.abs(found - exact) <= tolerance * Math.max(1, Math.abs(exact)),
    `${what} is ${found}, not ${exact}`,
  );
}

/** All cases as labels of one matrix, the shorter ones filled up with unknown targets. */
function matrix() {
  const images = Math.max(...golden.map(({ logits }) => logits.length));
  const labels = golden.length;
  const logits = new Float64Array(images * labels).fill(Number.NaN);
  const targets = new Float64Array(images * labels).fill(-1);
  golden.forEach((one, label) => {
    one.logits.forEach((x, image) => {
      logits[image * labels + label] = x;
      targets[image * labels + label] = one.targets[image];
    });
  });
  return { logits, targets, shape: { images, labels } };
}

describe("Platt scaling", () => {
  test("is scikit-learn's, and the exact minimum to 1e-9", () => {
    const { logits, targets, shape } = matrix();
    const { scale, shift } = plattScaling(logits, targets, shape);
    golden.forEach(({ sklearn, platt }, label) => {
      [scale[label], shift[label]].forEach((found, i) => {
        close(found, platt[i], 1e-9, `case ${label}`);
        close(found, sklearn[i], 2e-6, `scikit-learn's case ${label}`);
      });
    });
  });

  test("does not mind where the logits stand, nor their scale", () => {
    const { logits, targets, platt } = golden[0];
    const shape = { images: logits.length, labels: 1 };
    const moved = logits.map((x) => 1e-6 * x + 1e4);
    const { scale, shift } = plattScaling(moved, targets, shape);
    moved.forEach((x, i) => {
      // 1e4 leaves 1e-12 of a logit's digits, which are spread over 1e-6.
      close(scale[0] * x + shift[0], platt[0] * logits[i] + platt[1], 1e-5, `logit ${i}`);
    });
  });

  test("a label that lacks one kind stays as it is; one whose logits are equal gets its share", () => {
    const logits = [1, 2, 5, 3, 4, 5, 9, 9, 5, 7, 7, 5];
    const targets = [1, 0, 1, 1, 0, 0, -1, -1, 0, 1, -1, 0];
    const { scale, shift } = plattScaling(logits, targets, { images: 4, labels: 3 });
    assert.deepEqual(
      [scale.slice(0, 2), shift.slice(0, 2)],
      [
        [1, 1],
        [0, 0],
      ],
    );
    // One of four: targets 2/3 and thrice 1/5.
    close(scale[2], 0, 0, "scale");
    close(sigmoid(shift[2]), (2 / 3 + 3 / 5) / 4, 1e-12, "share");
  });

  test("lowers the expected calibration error of logits that are too sure", () => {
    const stream = random(1, "platt");
    const [images, labels] = [2000, 3];
    const targets = Float32Array.from({ length: 2 * images * labels }, () => Number(stream.uniform() < 0.2));
    // Of normal logits that differ by 2 the true slope is 2; these are thrice as steep, and moved.
    const logits = targets.map((t) => 3 * (2 * (stream.normal() + 2 * t - 1) + 1));
    const half = images * labels;
    const { scale, shift } = plattScaling(logits.subarray(0, half), targets.subarray(0, half), {
      images,
      labels,
    });
    const rest = logits.subarray(half);
    const error = (probabilities: Float32Array) =>
      expectedCalibrationError(probabilities, targets.subarray(half), { images, labels }) ?? 1;
    const before = error(rest.map(sigmoid));
    const after = error(rest.map((x, i) => sigmoid(scale[i % labels] * x + shift[i % labels])));
    assert.ok(before > 0.1 && after < 0.015, `${before} → ${after}`);
  });

  test("refuses logits that are not finite, by place", () => {
    const ask = (x: number, t: number) => plattScaling([0, x], [1, t], { images: 1, labels: 2 });
    assert.throws(() => ask(Number.POSITIVE_INFINITY, 0), /RangeError: The logit of image 0, label 1 is Inf/);
    assert.deepEqual(ask(Number.POSITIVE_INFINITY, -1).scale, [1, 1]);
  });
});

describe("temperature", () => {
  test("is where SciPy finds the slope of the log-loss to be 0, to 1e-9", () => {
    const found = golden.filter(({ temperature }) => temperature !== null);
    assert.ok(found.length >= 3);
    for (const { logits, targets, temperature: exact } of found) {
      close(
        temperature(logits, targets, { images: logits.length, labels: 1 }),
        exact ?? 0,
        1e-9,
        "temperature",
      );
    }
  });

  test("is one for all labels, over what is known", () => {
    const [a, b] = golden;
    const logits = [...a.logits, 99, ...b.logits];
    const targets = [...a.targets, -1, ...b.targets];
    const together = temperature(logits, targets, { images: logits.length, labels: 1 });
    const [first, second] = [a, b].map(({ logits, targets }) =>
      temperature(logits, targets, { images: logits.length, labels: 1 }),
    );
    assert.ok(Math.min(first, second) < together && together < Math.max(first, second));
    const paired = temperature(logits.slice(0, 260), targets.slice(0, 260), { images: 130, labels: 2 });
    close(
      temperature(logits.slice(0, 260), targets.slice(0, 260), { images: 260, labels: 1 }),
      paired,
      0,
      "T",
    );
  });

  test("stays within 0.01 and 100 where nothing holds it", () => {
    const shape = { images: 2, labels: 1 };
    assert.equal(temperature([1, -1], [1, 0], shape), 0.01);
    assert.equal(temperature([1, -1], [0, 1], shape), 100);
    assert.equal(temperature([1, -1], [-1, -1], shape), 1);
  });
});

describe("calibration error", () => {
  test("and the reliability diagram are scikit-learn's, to 1e-12", () => {
    for (const { logits, targets, calibration } of golden) {
      const probabilities = logits.map(sigmoid);
      const shape = { images: logits.length, labels: 1 };
      const bins = reliability(probabilities, targets, shape);
      assert.equal(bins.length, calibration.share.length);
      bins.forEach(({ share, probability }, i) => {
        close(share, calibration.share[i], 1e-12, "share");
        close(probability, calibration.probability[i], 1e-12, "probability");
      });
      close(expectedCalibrationError(probabilities, targets, shape), calibration.error, 1e-12, "error");
    }
  });

  test("of each label, by hand; unknown targets are not looked at", () => {
    const probabilities = [0.9, 0.2, 0.9, 0.2, 0.9, Number.NaN];
    const targets = [1, 0, 1, 1, 0, -1];
    const shape = { images: 3, labels: 2 };
    const errors = expectedCalibrationErrors(probabilities, targets, shape);
    close(errors[0], 0.9 - 2 / 3, 1e-12, "error of label 0");
    close(errors[1], 0.3, 1e-12, "error of label 1");
    close(
      expectedCalibrationError(probabilities, targets, { ...shape, bins: 1 }),
      3.1 / 5 - 3 / 5,
      1e-12,
      "error of one bin",
    );
    assert.equal(expectedCalibrationError([0.5], [-1], { images: 1, labels: 1 }), null);
  });

  test("an edge belongs to the bin below, 0 to the first", () => {
    const shape = { images: 3, labels: 1, bins: 2 };
    assert.deepEqual(reliability([0, 0.5, 1], [0, 1, 1], shape), [
      { count: 2, probability: 0.25, share: 0.5 },
      { count: 1, probability: 1, share: 1 },
    ]);
  });

  test("wrong inputs are told", () => {
    const ask = (p: number, options: object) => reliability([p], [1], { images: 1, labels: 1, ...options });
    assert.throws(
      () => ask(1.5, {}),
      /RangeError: The probability of image 0, label 0 is 1.5. \(Is it a logit\?\)/,
    );
    assert.throws(() => ask(0.5, { bins: 0 }), /bins is 0; it must be a whole number, 1 or more/);
  });
});
