// The split: a partition that keeps shares, groups and copies, measured as its authors measure it.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { permutation, random } from "../../base/random.js";
import type { Dataset } from "../dataset/dataset.js";
import { keptTogether } from "./inseparable.js";
import { type Split, stratifiedSplit } from "./split.js";

function dataset(rows: number, labels: number, target: (row: number, label: number) => number): Dataset {
  const targets = Float32Array.from({ length: rows * labels }, (_, i) =>
    target(Math.floor(i / labels), i % labels),
  );
  return {
    source: "labels.csv",
    labels: Array.from({ length: labels }, (_, i) => `label ${i}`),
    pictures: Array.from({ length: rows }, (_, i) => ({ path: `/${i}.jpg`, name: `${i}.jpg`, row: i + 2 })),
    targets,
  };
}

/** A few labels a picture, the n-th label n times as rare as the first. */
function zipf(rows: number, labels: number, seed: number, mean: number): Dataset {
  const stream = random(seed, "zipf");
  const weights = Array.from({ length: labels }, (_, i) => 1 / (i + 1));
  const scale = mean / weights.reduce((sum, weight) => sum + weight);
  return dataset(rows, labels, (_, label) => Number(stream.uniform() < scale * weights[label]));
}

/** How many of these pictures have all of these labels. */
function count({ labels, targets }: Dataset, pictures: Iterable<number>, wanted: readonly number[]): number {
  let found = 0;
  for (const i of pictures) if (wanted.every((label) => targets[i * labels.length + label] >= 0.5)) found++;
  return found;
}

/**
 * Labels distribution: the mean over labels and parts of |c/(n − c) − C/(N − C)|, where c of n pictures of a
 * part and C of all N have the label (Sechidis et al. 2011, section 4.2). With pairs, the label pairs
 * distribution of Szymański and Kajdanowicz (2017), over the pairs that occur.
 */
function distribution(data: Dataset, split: Split, kinds: readonly (readonly number[])[]): number {
  const all = [...data.pictures.keys()];
  const odds = (pictures: readonly number[], kind: readonly number[]) => {
    const found = count(data, pictures, kind);
    return found / (pictures.length - found);
  };
  const parts = [[...split.training], [...split.validation]];
  const deviations = kinds.flatMap((kind) =>
    parts.map((part) => Math.abs(odds(part, kind) - odds(all, kind))),
  );
  return deviations.reduce((sum, deviation) => sum + deviation) / deviations.length;
}

function pairs(data: Dataset): [number, number][] {
  return data.labels.flatMap((_, b) =>
    Array.from({ length: b }, (_, a): [number, number] => [a, b]).filter(
      (pair) => count(data, data.pictures.keys(), pair) > 0,
    ),
  );
}

function randomSplit(data: Dataset, share: number, seed: number): Split {
  const order = permutation(data.pictures.length, random(seed, "random split"));
  const held = Math.round(share * order.length);
  return { validation: order.subarray(0, held), training: order.subarray(held) };
}

const mean = (numbers: readonly number[]) => numbers.reduce((sum, x) => sum + x) / numbers.length;

describe("a split", () => {
  test("puts each picture on one side, in order, the same for the same seed", () => {
    const data = zipf(997, 12, 1, 2);
    const split = stratifiedSplit(data, { share: 0.2, seed: 5 });
    assert.deepEqual(
      [...split.training, ...split.validation].sort((a, b) => a - b),
      [...data.pictures.keys()],
    );
    for (const side of [split.training, split.validation]) assert.deepEqual(side, side.slice().sort());
    assert.deepEqual(stratifiedSplit(data, { share: 0.2, seed: 5 }), split);
    assert.notDeepEqual(stratifiedSplit(data, { share: 0.2, seed: 6 }), split);
  });

  test("keeps the share of all pictures, and of labels from the rarest to one that all have", () => {
    for (const share of [0.1, 0.2, 0.5]) {
      const data = dataset(1000, 8, (row, label) =>
        Number(row % [1, 2, 3, 7, 20, 50, 100, 200][label] === 0),
      );
      const { validation } = stratifiedSplit(data, { share, seed: 1 });
      assert.ok(Math.abs(validation.length - 1000 * share) <= 2, `${validation.length} of 1000`);
      for (const label of data.labels.keys()) {
        const wanted = share * count(data, data.pictures.keys(), [label]);
        const found = count(data, validation, [label]);
        assert.ok(
          Math.abs(found - wanted) <= Math.max(1, 0.02 * wanted),
          `${found} where ${wanted} are wanted`,
        );
      }
    }
  });

  for (const [rows, labels, density] of [
    [400, 20, 3],
    [3000, 60, 3],
  ] as const) {
    test(`deviates far less than a random one on ${rows} pictures with ${labels} labels`, () => {
      const data = zipf(rows, labels, 7, density);
      const single = [...data.labels.keys()].map((label) => [label]);
      const double = pairs(data);
      const seeds = [1, 2, 3];
      const measure = (kinds: readonly (readonly number[])[], make: (seed: number) => Split) =>
        mean(seeds.map((seed) => distribution(data, make(seed), kinds)));
      const ours = (seed: number) => stratifiedSplit(data, { share: 0.2, seed });
      const chance = (seed: number) => randomSplit(data, 0.2, seed);
      const [labelsRatio, pairsRatio] = [single, double].map(
        (kinds) => measure(kinds, ours) / measure(kinds, chance),
      );
      assert.ok(labelsRatio < 0.25, `labels: ${labelsRatio}`);
      assert.ok(pairsRatio < 0.8, `pairs: ${pairsRatio}`);
    });
  }

  test("of 100,000 pictures with 100 labels takes under 5 s of one core", () => {
    const data = zipf(100_000, 100, 3, 4);
    const before = process.cpuUsage();
    const { validation } = stratifiedSplit(data, { share: 0.2, seed: 1 });
    const { user, system } = process.cpuUsage(before);
    assert.ok(user + system < 5e6, `${(user + system) / 1e6} s`);
    assert.ok(Math.abs(validation.length - 20_000) < 100);
  });

  test("counts unknown targets neither way, and spreads what is known to be absent", () => {
    // The label is known in 100 of 1000 pictures: there in 20, absent in 80.
    const data = dataset(1000, 2, (row, label) =>
      label === 0 ? Number(row % 2) : row < 900 ? -1 : Number(row < 920),
    );
    const { validation } = stratifiedSplit(data, { share: 0.2, seed: 1 });
    const known = [...validation].map((i) => data.targets[i * 2 + 1]).filter((target) => target >= 0);
    assert.equal(known.filter((target) => target === 1).length, 4);
    assert.equal(known.length, 20);
  });

  test("keeps groups together, of any size, and shares as well as they allow", () => {
    const data = zipf(3000, 20, 4, 2);
    const stream = random(1, "groups");
    // 150 groups, the largest with a tenth of all pictures.
    const groups = data.pictures.map((_, i) => (i < 300 ? "large" : `group ${stream.integer(149)}`));
    const split = stratifiedSplit(data, { share: 0.2, seed: 1, groups });
    const held = new Set([...split.validation].map((i) => groups[i]));
    for (const i of split.training) assert.ok(!held.has(groups[i]));
    assert.ok(Math.abs(split.validation.length - 600) < 15, String(split.validation.length));
    assert.deepEqual(stratifiedSplit({ ...data, groups }, { share: 0.2, seed: 1 }), split);
    const single = [...data.labels.keys()].map((label) => [label]);
    // A random choice of groups of the same size.
    const names = [...new Set(groups)];
    const chance = mean(
      [1, 2, 3, 4, 5].map((seed) => {
        const order = permutation(names.length, random(seed, "names"));
        const validation: number[] = [];
        for (const name of order) {
          if (validation.length >= 600) break;
          for (const [i, group] of groups.entries()) if (group === names[name]) validation.push(i);
        }
        const aside = new Set(validation);
        const training = [...data.pictures.keys()].filter((i) => !aside.has(i));
        return distribution(
          data,
          { training: Uint32Array.from(training), validation: Uint32Array.from(validation) },
          single,
        );
      }),
    );
    const splits = [1, 2, 3, 4, 5].map((seed) => stratifiedSplit(data, { share: 0.2, seed, groups }));
    const ratio = mean(splits.map((each) => distribution(data, each, single))) / chance;
    assert.ok(ratio < 0.6, String(ratio));
  });

  test("keeps rows of one path, and copies of one file, on one side", async () => {
    const folder = await mkdtemp(join(tmpdir(), "multihot-"));
    try {
      const data = dataset(60, 3, (row, label) => Number(row % 3 === label));
      const pictures = data.pictures.map((picture, i) => ({
        ...picture,
        path: join(folder, `${i % 50}.jpg`),
      }));
      // Pictures 0 to 19 are ten files, each there twice; 50 to 59 name the paths of 0 to 9 again.
      for (let i = 0; i < 50; i++)
        await writeFile(join(folder, `${i}.jpg`), "x".repeat(5000) + (i < 20 ? i % 10 : i));
      const copied = { ...data, pictures };
      const groups = await keptTogether(copied);
      assert.equal(new Set(groups).size, 40);
      for (const seed of [1, 2, 3, 4]) {
        const { validation } = stratifiedSplit(copied, { share: 0.3, seed, groups });
        const held = new Set(validation);
        for (let i = 0; i < 10; i++) {
          assert.equal(held.has(i), held.has(i + 10));
          assert.equal(held.has(i), held.has(i + 50));
        }
        const plain = new Set(stratifiedSplit(copied, { share: 0.3, seed }).validation);
        for (let i = 0; i < 10; i++) assert.equal(plain.has(i), plain.has(i + 50));
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("leaves no side empty, and says so where that cannot be", () => {
    for (const share of [0.001, 0.2, 0.999]) {
      for (const pictures of [2, 3, 5]) {
        const split = stratifiedSplit(
          dataset(pictures, 1, () => 1),
          { share, seed: 1 },
        );
        assert.ok(split.training.length > 0 && split.validation.length > 0);
      }
    }
    assert.throws(
      () =>
        stratifiedSplit(
          dataset(1, 1, () => 1),
          { share: 0.2, seed: 1 },
        ),
      /holds 1 picture; training/,
    );
    assert.throws(
      () =>
        stratifiedSplit(
          dataset(9, 1, () => 1),
          { share: 0.2, seed: 1, groups: Array(9).fill("one") },
        ),
      /holds 9 pictures that all belong together/,
    );
    assert.throws(
      () =>
        stratifiedSplit(
          dataset(9, 1, () => 1),
          { share: 1, seed: 1 },
        ),
      /share .* is 1/,
    );
  });
});
