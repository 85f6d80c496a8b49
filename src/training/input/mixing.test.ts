// Outside truth: mixtures computed in float64 by the papers' formulas, from the λ that the targets tell.
import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "../../base/random.js";
import { float32, tensor } from "../../graph/tensor.js";
import type { Batch, Batches } from "./batches.js";
import { MixedBatches, type MixOptions, mix } from "./mixing.js";

const [N, SIDE, LABELS] = [6, 24, 7];
const SIZE = SIDE * SIDE * 3;

/** Batches of noise; picture i alone has label i, and picture 0 does not know label 6. */
const batches: Batches = {
  pictures: N * 40,
  steps: 40,
  async *epoch(epoch, from = 0) {
    for (let step = from; step < 40; step++) {
      const stream = random(9, epoch, step);
      const pixels = Uint8Array.from({ length: N * SIZE }, () => stream.integer(256));
      const targets = Array.from({ length: N * LABELS }, (_, i) => {
        const [picture, label] = [Math.floor(i / LABELS), i % LABELS];
        if (label === 6) return picture === 0 ? -1 : 1;
        return picture === label ? 1 : 0;
      });
      yield {
        step,
        inputs: { image: tensor("uint8", [N, SIDE, SIDE, 3], pixels) },
        targets: float32([N, LABELS], targets),
        images: N,
        pictures: Uint32Array.from({ length: N }, (_, i) => i),
      };
    }
  },
};

async function collect(source: Batches, epoch = 1, from?: number): Promise<Batch[]> {
  const found: Batch[] = [];
  for await (const batch of source.epoch(epoch, from)) found.push(batch);
  return found;
}

const mixed = (options: Omit<MixOptions, "seed">) => new MixedBatches(batches, { seed: 1, ...options });
const bytes = ({ inputs }: Batch) => inputs.image.data as Uint8Array;
const targetsOf = ({ targets }: Batch) => targets.data as Float32Array;

/** For each picture of a batch its partner, and what it weighs itself, read from the targets. */
function partnersOf(batch: Batch): { partner: number; share: number }[] {
  const targets = targetsOf(batch);
  return Array.from({ length: N }, (_, i) => {
    const row = [...targets.subarray(i * LABELS, i * LABELS + N)];
    const partner = row.findIndex((target, label) => label !== i && target > 0);
    return partner < 0 ? { partner: i, share: 1 } : { partner, share: row[i] };
  });
}

/** Where a mixture is not the picture itself; each value has to be one of the two. */
const places = (pixels: Uint8Array, own: Uint8Array, partner: Uint8Array) => {
  const found: number[] = [];
  for (let k = 0; k < SIZE; k++) {
    assert.ok(pixels[k] === own[k] || pixels[k] === partner[k]);
    if (pixels[k] !== own[k]) found.push(Math.floor(k / 3));
  }
  return found;
};

test("mixup: pictures and targets are λ of one and 1 − λ of the other", async () => {
  const before = await collect(batches);
  const shares = new Set<number>();
  for (const [step, batch] of (await collect(mixed({ mixup: 1 }))).entries()) {
    for (const [i, { partner, share }] of partnersOf(batch).entries()) {
      if (share < 1) shares.add(share);
      for (let k = 0; k < SIZE; k++) {
        const [own, other] = [bytes(before[step])[i * SIZE + k], bytes(before[step])[partner * SIZE + k]];
        const exact = share * own + (1 - share) * other;
        // Half a grey level, and what float32 has rounded off λ.
        assert.ok(Math.abs(bytes(batch)[i * SIZE + k] - exact) <= 0.5 + 2e-5);
      }
      const row = targetsOf(batch).subarray(i * LABELS, i * LABELS + N);
      assert.ok(Math.abs(row.reduce((sum, target) => sum + target, 0) - 1) < 1e-7);
    }
  }
  // One λ a batch, and a new one in each.
  assert.equal(shares.size, 40);
});

test("cutmix: a rectangle is another picture's, and λ is what is left", async () => {
  const before = await collect(batches);
  for (const [step, batch] of (await collect(mixed({ cutmix: 1 }))).entries()) {
    for (const [i, { partner, share }] of partnersOf(batch).entries()) {
      const part = (all: Uint8Array, picture: number) => all.subarray(picture * SIZE, (picture + 1) * SIZE);
      const changed = places(
        part(bytes(batch), i),
        part(bytes(before[step]), i),
        part(bytes(before[step]), partner),
      );
      if (partner === i || changed.length === 0) continue;
      const rows = changed.map((place) => Math.floor(place / SIDE));
      const columns = changed.map((place) => place % SIDE);
      const extent = (values: number[]) => Math.max(...values) - Math.min(...values) + 1;
      const area = extent(rows) * extent(columns);
      assert.ok(Math.abs(share - (1 - area / (SIDE * SIDE))) < 1e-7, `${share}, ${area}`);
      // No place inside it is the picture's own, save where the two are the same in all three channels.
      assert.ok(new Set(changed).size >= 0.99 * area);
    }
  }
});

test("what either does not know stays unknown, wherever it counts", async () => {
  for (const batch of [...(await collect(mixed({ mixup: 0.5 }))), ...(await collect(mixed({ cutmix: 1 })))]) {
    for (const [i, { partner, share }] of partnersOf(batch).entries()) {
      const found = targetsOf(batch)[i * LABELS + 6];
      if (i === 0 || (partner === 0 && share < 1)) assert.equal(found, -1);
      else assert.equal(found, 1);
    }
  }
});

test("with both, each batch has one of them", async () => {
  const [blended, cut, both] = await Promise.all(
    [{ mixup: 1 }, { cutmix: 1 }, { mixup: 1, cutmix: 1 }].map((options) => collect(mixed(options))),
  );
  const before = await collect(batches);
  const isCut = (batch: Batch, step: number) => {
    const pairs = partnersOf(batch).map(({ partner }, i) => [i, partner]);
    return pairs.every(([i, partner]) =>
      bytes(batch)
        .subarray(i * SIZE, (i + 1) * SIZE)
        .every((value, k) =>
          [i, partner].some((picture) => bytes(before[step])[picture * SIZE + k] === value),
        ),
    );
  };
  assert.equal(blended.filter(isCut).length, 0);
  assert.equal(cut.filter(isCut).length, 40);
  const count = both.filter(isCut).length;
  // Four deviations of a fair coin.
  assert.ok(Math.abs(count - 20) <= 13, `${count}`);
});

test("seed, epoch and place fix a batch, wherever the epoch is taken up", async () => {
  const options = { mixup: 0.2, cutmix: 1 };
  const all = await collect(mixed(options), 3);
  assert.deepEqual(await collect(mixed(options), 3, 11), all.slice(11));
  assert.notDeepEqual(bytes((await collect(mixed(options), 2))[0]), bytes(all[0]));
});

test("an α that is not above 0, or none, is refused", () => {
  const batch = { images: new Uint8Array(12), targets: new Float32Array(2), count: 1 };
  for (const options of [{}, { mixup: 0 }, { mixup: 1, cutmix: -1 }, { cutmix: Number.NaN }]) {
    assert.throws(() => mix(batch, { seed: 1, ...options }, { epoch: 1, step: 0 }), RangeError);
  }
});
