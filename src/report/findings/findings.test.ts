// Outside truth: small cases counted by hand, and the bound on what is shown.
import assert from "node:assert/strict";
import { test } from "node:test";
import { precisionRecallCurve } from "../../metrics/index.js";
import { thinned } from "../sections/curves.js";
import { meanShareDifference, setFigures } from "../sections/data.js";
import { bounds, mistakeBounds } from "./bounds.js";
import { coOccurrence, pairsBeyondChance } from "./co-occurrence.js";
import { labelCounts } from "./label-counts.js";
import { mistakes } from "./mistakes.js";
import { spread } from "./spread.js";

//                    a  b  c
const rows = Float32Array.of(1, 1, 0, 1, 0, -1, 0, 1, 1, 1, 1, 0.7);
const labels = ["a", "b", "c"];

test("labels are counted, and those that go together", () => {
  assert.deepEqual(labelCounts({ labels, targets: rows }), [
    { there: 3, absent: 1, unknown: 0 },
    { there: 3, absent: 1, unknown: 0 },
    { there: 2, absent: 1, unknown: 1 },
  ]);
  const { together, known } = coOccurrence([rows.subarray(0, 6), rows.subarray(6)], 3, [2, 0]);
  // Of the two with c one has a; of the three with a one has c, and of one it is not known.
  assert.deepEqual(
    together.map((row) => [...row]),
    [
      [2, 1],
      [1, 3],
    ],
  );
  assert.deepEqual(
    known.map((row) => [...row]),
    [
      [2, 2],
      [2, 3],
    ],
  );
});

test("pairs are compared with chance among the pictures of which both are known", () => {
  // Ten pictures: a is on five; where it is, b is too, or is not known. b is on five of the eight that are known.
  const targets = Float32Array.of(
    ...[1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
    ...[0, 0, 0, 0, 0, 0],
    ...[0, -1, 0, -1],
  );
  const pairs = pairsBeyondChance(coOccurrence([targets], 2, [0, 1]), [5 / 10, 5 / 8]);
  assert.deepEqual(pairs, [{ first: 0, second: 1, count: 5, lift: 8 / 5 }]);
  // Where a is unknown instead, half of its pictures tell nothing of b: it is as often there as it can be.
  const half = targets.map((target, i) => (i % 2 === 1 && i < 4 ? -1 : target));
  assert.deepEqual(pairsBeyondChance(coOccurrence([half, targets], 2, [0, 1]), [10 / 20, 8 / 14]), [
    { first: 0, second: 1, count: 8, lift: 14 / 8 },
  ]);
});

test("mistakes are what the threshold decides wrongly, the furthest off first, and all are counted", () => {
  const targets = Float32Array.of(1, 1, 1, 0, 0, 0, -1, 1);
  const probabilities = Float32Array.of(0.25, 0.125, 0.75, 0.5, 0.875, 0.25, 1, 0.375);
  const [{ missed, falseAlarms, missedCount, falseAlarmCount }] = mistakes(probabilities, targets, [0.5], 2);
  assert.deepEqual(missed, [
    { image: 1, probability: 0.125 },
    { image: 0, probability: 0.25 },
  ]);
  assert.deepEqual(falseAlarms, [
    { image: 4, probability: 0.875 },
    { image: 3, probability: 0.5 },
  ]);
  assert.deepEqual([missedCount, falseAlarmCount], [3, 2]);
});

test("whatever the number of labels, few pictures are shown, and some of each that is", () => {
  for (const count of [1, 2, 18, 36, 37, 72, 144, 145, 1000, 100_000]) {
    const { labels, each } = mistakeBounds(count);
    assert(each >= 1 && labels >= 1 && labels <= count);
    assert(2 * labels * each <= 288, `${count} labels`);
  }
  assert.deepEqual(mistakeBounds(18), { labels: 18, each: 4 });
  assert.deepEqual(mistakeBounds(1000), { labels: 144, each: 1 });
  assert(bounds.pictureLetters <= 2e6);
});

test("a thinned curve has a point in each hundredth of recall and one at its end, none that is not the curve's", () => {
  const scores = Array.from({ length: 5000 }, (_, i) => Math.sin(i));
  const curve = precisionRecallCurve(
    scores,
    scores.map((score, i) => Number(score + Math.cos(7 * i) > 0)),
  );
  const few = thinned(curve);
  assert(few.length <= 101 && few.every((point) => curve.includes(point)));
  assert.equal(few[few.length - 1].recall, 1);
  for (const { recall, precision } of curve) {
    assert(few.some((point) => Math.abs(point.recall - recall) <= 0.01 && point.precision >= precision));
  }
});

test("of a ranking the first are taken, but of a label no more than told", () => {
  const ranked = [0, 0, 1, 0, 2, 1, 1].map((label, place) => ({ label, place }));
  const places = (most: number, ofALabel: number) =>
    spread(ranked, { most, ofALabel }).map(({ place }) => place);
  assert.deepEqual(places(4, 2), [0, 1, 2, 4]);
  assert.deepEqual(places(9, 1), [0, 2, 4]);
});

test("what the sets hold, and how far their shares differ", () => {
  const dataset = {
    source: "",
    labels,
    pictures: labels.map((name, row) => ({ path: name, name, row })),
    targets: rows,
  };
  const bare = { ...dataset, targets: Float32Array.of(0, 0, 0, -1, 0, 1, 0, -1, 0) };
  const counts = labelCounts(bare);
  assert.deepEqual(setFigures(bare, counts), {
    pictures: 3,
    targets: 9,
    tags: 1,
    unknown: 2,
    bare: 2,
    never: 2,
  });
  // a: 3/4 and 0/2, b: 3/4 and 0/2, c: 2/3 and 1/3.
  const difference = meanShareDifference({ trainingCounts: labelCounts(dataset), validationCounts: counts });
  assert(Math.abs(difference - (3 / 4 + 3 / 4 + 1 / 3) / 3) < 1e-12);
});
