// Photographs, prepared by us and by torchvision: 0.1 grey levels apart at most, 1 where decoding shrinks.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import sharp from "sharp";
import { random } from "../src/base/random.js";
import { openPicture } from "../src/data/decode/decode.js";
import type { Transform } from "../src/data/transform/crop-plan.js";
import { preparePicture } from "../src/data/transform/prepare-image.js";
import { randomCrop } from "../src/data/transform/random-crop.js";
import { lacks } from "./support/needs.js";
import { sharedFile } from "./support/shared-data.js";

const python = process.env.MULTIHOT_PYTHON ?? "/usr/bin/python3";
const photographs = sharedFile("data/coco18/images");
const finder = "import importlib.util as u; assert u.find_spec('torchvision')";
const skip =
  photographs.skip ||
  lacks(
    "python",
    spawnSync(python, ["-c", finder]).status !== 0 && `${python} has no torchvision to compare with`,
  );

const transforms: Record<string, Transform> = {
  "enlarged to 256": { kind: "center", resize: 256, crop: 224 },
  "reduced to 128": { kind: "center", resize: 128, crop: 112 },
  augmented: { kind: "augment", size: 224, flip: 0 },
};

/** Odd sizes too, of which libjpeg cannot keep the last columns, and turned ones, where these come first. */
const largeOnes = [
  { width: 3000, orientation: 1, format: "jpeg" },
  { width: 3007, orientation: 1, format: "jpeg" },
  { width: 3007, orientation: 7, format: "jpeg" },
  { width: 3001, orientation: 1, format: "webp" },
] as const;

/** What torchvision is asked for, as test/golden/transform.py takes it. */
async function jobOf(path: string, transform: Transform): Promise<object> {
  if (transform.kind === "center") return { path, resize: transform.resize, crop: transform.crop };
  const { width, height } = await openPicture(path);
  const box = randomCrop(width, height, [0.08, 1], [3 / 4, 4 / 3], random(1, "augment", path));
  return { path, box: [box.left, box.top, box.width, box.height], size: transform.size };
}

describe("photographs, prepared by us and by torchvision", { skip }, () => {
  let folder = "";
  const small: string[] = [];
  const large: string[] = [];
  /** Torchvision's bytes, by transform and path. */
  const expected = new Map<string, Uint8Array>();
  const keyOf = (name: string, path: string) => `${name} ${path}`;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "multihot-"));
    const all = readdirSync(photographs.path).sort();
    small.push(...all.filter((_, i) => i % 200 === 0).map((name) => join(photographs.path, name)));
    for (const [i, { width, orientation, format }] of largeOnes.entries()) {
      const path = join(folder, `${i}.${format}`);
      const enlarged = sharp(small[i * 5])
        .resize({ width })
        .withMetadata({ orientation });
      await enlarged.toFormat(format, { quality: 90, effort: 0 }).toFile(path);
      large.push(path);
    }
    const cases = Object.entries(transforms).flatMap(([name, transform]) =>
      [...small, ...large].map((path) => ({ name, path, transform })),
    );
    const jobs = await Promise.all(cases.map(({ path, transform }) => jobOf(path, transform)));
    const run = spawnSync(python, ["test/golden/transform.py"], {
      input: JSON.stringify(jobs),
      maxBuffer: 2 ** 28,
    });
    assert.equal(run.status, 0, run.stderr.toString());
    let offset = 0;
    for (const { name, path, transform } of cases) {
      const side = transform.kind === "center" ? transform.crop : transform.size;
      expected.set(keyOf(name, path), run.stdout.subarray(offset, offset + side * side * 3));
      offset += side * side * 3;
    }
    assert.equal(offset, run.stdout.length);
  });
  after(() => rm(folder, { recursive: true }));

  for (const [name, transform] of Object.entries(transforms)) {
    const differences = async (paths: readonly string[]) => {
      const found: number[] = [];
      for (const path of paths) {
        const theirs = expected.get(keyOf(name, path)) ?? new Uint8Array();
        const ours = await preparePicture(path, transform, random(1, "augment", path));
        assert.equal(ours.length, theirs.length);
        found.push(ours.reduce((sum, value, i) => sum + Math.abs(value - theirs[i]), 0) / ours.length);
      }
      return found;
    };
    test(`${name}, as they are`, async (t) => {
      const found = await differences(small);
      t.diagnostic(`worst ${Math.max(...found).toFixed(4)}`);
      assert.ok(Math.max(...found) <= 0.1);
    });
    test(`${name}, large and shrunk while they are decoded`, async (t) => {
      const found = await differences(large);
      t.diagnostic(found.map((value) => value.toFixed(3)).join(" "));
      assert.ok(Math.max(...found) <= 1);
    });
  }

  test("the decoder does shrink the large ones", async () => {
    for (const path of large) {
      const picture = await openPicture(path);
      const { pixels } = await picture.decode(6);
      assert.ok(pixels.width * 2.9 <= picture.width, `${path}: ${picture.width} to ${pixels.width}`);
    }
  });
});
