// What all losses share: the gradient is the slope, unknown targets, label smoothing, weights, names, errors.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { elements, exactAsymmetric, exactBce, isAccurate } from "../../test/exact-loss.js";
import { random } from "../base/random.js";
import { type AnyLossOptions, bceWithLogits, lossByName, lossNames } from "./index.js";

const [images, labels] = [4, 5];
const stream = random(3, "slope");
// Multiples of 1/64, so that steps of 1/128 are exact in float32.
const logits = Float32Array.from({ length: 20 }, () => stream.integer(1024) / 64 - 8);
const targets = Float32Array.from({ length: 20 }, (_, i) => [0, 1, 0.3, -1][i % 4]);
const labelWeights = [1, 0.5, 2, 0, 3];
const positiveWeights = [1, 2, 0.5, 3, 7];

/** Loss and gradient of the data above; `reduction` is not "none". */
function evaluate(name: string, options: AnyLossOptions, x = logits, t = targets) {
  const { loss, gradient } = lossByName(name, options).evaluate(x, t, { images, labels });
  assert.ok(typeof loss === "number");
  return { loss, gradient };
}

describe("the gradient is the slope of the loss, under every two options", () => {
  const shared: AnyLossOptions[] = [{ labelWeights }, { positiveWeights }, { labelSmoothing: 0.2 }];
  const own: Record<string, AnyLossOptions[]> = {
    focal: [{ gamma: 3 }, { alpha: 0.25 }],
    asymmetric: [{ gammaPositive: 2 }, { gammaNegative: 1.5 }, { margin: 0.2 }],
  };
  for (const name of lossNames) {
    const single = [...shared, ...(own[name] ?? [])];
    const pairs = single.flatMap((one, i) => single.slice(i).map((other) => ({ ...one, ...other })));
    const all = Object.assign({}, ...single);
    for (const options of [{}, ...pairs, all]) {
      test(`${name}, ${Object.keys(options).join(", ")}`, () => {
        for (const reduction of ["mean", "batchmean", "sum"] as const) {
          const { gradient } = evaluate(name, { ...options, reduction });
          for (let i = 0; i < logits.length; i++) {
            const at = (steps: number) =>
              evaluate(name, { ...options, reduction }, logits.with(i, logits[i] + steps / 128)).loss;
            const slope = (128 * (8 * (at(1) - at(-1)) - (at(2) - at(-2)))) / 12;
            const error = Math.abs(slope - gradient[i]);
            // Half an ulp of float32, and what the difference of fourth order leaves.
            const bound = 2 ** -24 * Math.abs(slope) + 2e-7;
            assert.ok(error < bound, `${reduction}, element ${i}: ${slope}, not ${gradient[i]}`);
          }
        }
      });
    }
  }
});

describe("each element is within 1 ulp of float64 under all options at once, tails included", () => {
  const focusing: Record<string, Parameters<typeof exactAsymmetric>[3]> = {
    focal: { gammaPositive: 1.5, gammaNegative: 1.5, margin: 0 },
    asymmetric: { gammaPositive: 0.5, gammaNegative: 3, margin: 0.2 },
  };
  const own: Record<string, AnyLossOptions> = {
    focal: { gamma: 1.5, alpha: 0.25 },
    asymmetric: focusing.asymmetric,
  };
  const labels = 3;
  const weights = { positiveWeights: [0.01, 3.3, 1000], labelWeights: [100, 0.01, 2.7] };
  const { logits, targets } = elements(3000);
  const masked = targets.map((t, i) => (i % 7 === 0 ? -1 : t));
  for (const name of lossNames.filter((each) => each !== "soft-margin")) {
    for (const labelSmoothing of [0, 0.1]) {
      test(`${name}, smoothing ${labelSmoothing}`, () => {
        const options = { ...own[name], ...weights, labelSmoothing, reduction: "none" } as const;
        const shape = { images: logits.length / labels, labels };
        const { loss, gradient } = lossByName(name, options).evaluate(logits, masked, shape);
        assert.ok(typeof loss !== "number");
        masked.forEach((target, i) => {
          if (target < 0) {
            assert.deepEqual([loss[i], gradient[i]], [0, 0]);
            return;
          }
          const label = i % labels;
          const t = target * (1 - labelSmoothing) + labelSmoothing / 2;
          const [p, w] = [weights.positiveWeights[label], weights.labelWeights[label]];
          const exact =
            name in focusing ? exactAsymmetric(logits[i], t, p, focusing[name]) : exactBce(logits[i], t, p);
          const balance = name === "focal" ? 0.25 * t + 0.75 * (1 - t) : 1;
          const where = `${name}, x = ${logits[i]}, t = ${t}, label ${label}`;
          assert.ok(isAccurate(loss[i], w * balance * exact.loss, logits[i], 1), `loss of ${where}`);
          // A soft target's gradient passes through 0; there the reference itself is right to so much.
          const blind = 1e-14 * w * Math.max(1, p) * Math.max(1, Math.abs(logits[i]));
          const wanted = w * balance * exact.gradient;
          const near = Math.abs(gradient[i] - wanted) < blind;
          assert.ok(near || isAccurate(gradient[i], wanted, logits[i], 1), `gradient of ${where}`);
        });
      });
    }
  }
});

describe("label smoothing", () => {
  for (const name of lossNames) {
    test(`${name}: ε = 1/4 is the targets 1/8 and 7/8; unknown stays unknown`, () => {
      const smoothed = targets.map((t) => (t < 0 ? t : 0.75 * t + 0.125));
      const reference = evaluate(name, {}, logits, smoothed);
      const found = evaluate(name, { labelSmoothing: 0.25 });
      assert.ok(Math.abs(found.loss - reference.loss) < 1e-7);
      found.gradient.forEach((value, i) => {
        assert.ok(Math.abs(value - reference.gradient[i]) < 1e-7);
        if (targets[i] < 0) assert.equal(value, 0);
      });
    });
  }
});

describe("weights", () => {
  for (const name of lossNames) {
    test(`${name}: a positive weight multiplies what positives cost, a label weight everything`, () => {
      const each = (target: number, options: AnyLossOptions) =>
        evaluate(name, { reduction: "sum", ...options }, logits, new Float32Array(20).fill(target));
      const three = [3, 3, 3, 3, 3];
      for (const [target, options, factor] of [
        [1, { positiveWeights: three }, 3],
        [0, { positiveWeights: three }, 1],
        [1, { labelWeights: three }, 3],
        [0, { labelWeights: three }, 3],
      ] as const) {
        const [plain, weighted] = [each(target, {}), each(target, options)];
        assert.ok(Math.abs(weighted.loss - factor * plain.loss) < 1e-12 * weighted.loss);
        weighted.gradient.forEach((value, i) => {
          const exact = factor * plain.gradient[i];
          assert.ok(Math.abs(value - exact) <= 2 ** -22 * Math.abs(exact), `${value}, not ${exact}`);
        });
      }
    });
  }
});

describe("unknown targets", () => {
  for (const name of lossNames) {
    test(`${name}: whatever stands at them, nothing comes of it`, () => {
      const targets = Float32Array.of(1, -1, -0.5, 0);
      for (const labelSmoothing of [0, 0.1]) {
        for (const reduction of ["mean", "batchmean", "sum", "none"] as const) {
          const loss = lossByName(name, { reduction, labelSmoothing });
          const of = (a: number, b: number) =>
            loss.evaluate(Float32Array.of(2, a, b, -1), targets, { images: 2, labels: 2 });
          assert.deepEqual(of(Number.NaN, Number.POSITIVE_INFINITY), of(0, 0));
          assert.deepEqual(of(5, 6).gradient.slice(1, 3), Float32Array.of(0, 0));
        }
      }
    });

    test(`${name}: if there is nothing else, loss and gradient are 0`, () => {
      for (const reduction of ["mean", "batchmean", "sum"] as const) {
        const loss = lossByName(name, { reduction });
        const found = loss.evaluate(Float32Array.of(3, -3), Float32Array.of(-1, -1), {
          images: 1,
          labels: 2,
        });
        assert.deepEqual(found, { loss: 0, gradient: Float32Array.of(0, 0) });
      }
    });
  }
});

describe("an array for the gradient", () => {
  for (const name of lossNames) {
    test(`${name}: takes it, over whatever stood there`, () => {
      for (const reduction of ["mean", "none"] as const) {
        const loss = lossByName(name, { reduction, labelWeights, positiveWeights });
        const gradient = new Float32Array(logits.length).fill(Number.NaN);
        const found = loss.evaluate(logits, targets, { images, labels, gradient });
        assert.equal(found.gradient, gradient);
        assert.deepEqual(found, loss.evaluate(logits, targets, { images, labels }));
      }
    });

    test(`${name}: refuses one of another size, or one that is not apart`, () => {
      const both = new Float32Array(2 * logits.length);
      const [first, behind] = [both.subarray(0, logits.length), both.subarray(logits.length)];
      const into = (gradient: Float32Array, from = first, of = targets) =>
        lossByName(name).evaluate(from, of, { images, labels, gradient });
      assert.throws(() => into(both), /RangeError: gradient has 40 elements; 4 images of 5 labels need 20/);
      assert.throws(() => into(first), /RangeError: gradient shares memory with logits or targets/);
      assert.throws(() => into(both.subarray(1, 21)), /gradient shares memory/);
      assert.throws(() => into(behind, logits, behind), /gradient shares memory/);
      assert.equal(into(behind).gradient, behind);
    });
  }
});

test("a loss by name", () => {
  assert.deepEqual(lossNames, ["bce", "soft-margin", "focal", "asymmetric"]);
  for (const name of lossNames) assert.equal(lossByName(name).name, name);
  assert.throws(
    () => lossByName("soft margin"),
    /UserError: There is no loss "soft margin"; there are soft-margin, /,
  );
  assert.throws(
    () => lossByName("bce", { gamma: 2, margin: 0.1 }),
    /UserError: The loss "bce" does not have these options.*\n.*gamma belongs to "focal".\n.*margin belongs to "asymmetric"/,
  );
  assert.equal(lossByName("bce", { gamma: undefined }).name, "bce");
});

test("wrong inputs are told by name", () => {
  const ask = (logits: number[], targets: number[], more: object = {}) =>
    bceWithLogits(Float32Array.from(logits), Float32Array.from(targets), { images: 2, labels: 2, ...more });
  const four = [0, 0, 0, 0];
  assert.throws(() => ask([0, 0, 0], four), /RangeError: logits has 3 elements; 2 images of 2 labels need 4/);
  assert.throws(() => ask(four, [0]), /targets has 1 elements/);
  assert.throws(() => ask(four, [0, 0, 0, 1.5]), /RangeError: The target of image 1, label 1 is 1.5/);
  assert.throws(() => ask(four, [0, Number.NaN, 0, 0]), /The target of image 0, label 1 is NaN/);
  assert.throws(() => ask(four, four, { images: 1.5 }), /images is 1.5/);
  assert.throws(() => ask([], [], { labels: 0, images: 0 }), /labels is 0/);
  assert.throws(() => ask(four, four, { positiveWeights: [1] }), /positiveWeights has 1 elements/);
  assert.throws(() => ask(four, four, { labelWeights: [1, -1] }), /labelWeights\[1\] is -1/);
  assert.throws(() => ask(four, four, { labelWeights: [Number.NaN, 1] }), /labelWeights\[0\] is NaN/);
  assert.throws(
    () => ask(four, four, { labelSmoothing: 1 }),
    /labelSmoothing is 1; it must be 0 or more, and/,
  );
});
