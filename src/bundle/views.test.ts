// Views against windows told by hand, and against the mirrored file itself.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import sharp from "sharp";
import { bundleOf, drawnNetwork } from "../../test/support/bundles.js";
import { random } from "../base/random.js";
import { loadBundle } from "./predictor.js";
import { Views, type ViewsName } from "./views.js";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "multihot-views-"));
});
after(() => rm(folder, { recursive: true, force: true }));

/** Images whose pixel at (x, y) is (x, y, image). */
function grid(side: number, count: number): Uint8Array {
  return Uint8Array.from({ length: 3 * count * side * side }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return [pixel % side, Math.floor(pixel / side) % side, Math.floor(pixel / side ** 2)][i % 3];
  });
}

test("flip mirrors each image, and 5 shows the middle and four windows that reach to the corners", () => {
  const windows = (views: Views, side: number) => {
    const shown: string[] = [];
    for (const view of views.of(grid(views.canvas.crop, 2))) {
      const pixel = (image: number, x: number, y: number) =>
        [...view.subarray(3 * ((image * side + y) * side + x))].slice(0, 3);
      for (const image of [0, 1]) {
        const [first, last] = [pixel(image, 0, 0), pixel(image, side - 1, side - 1)];
        assert.deepEqual([first[2], last[2]], [image, image]);
        if (image === 0) shown.push(`${first.slice(0, 2)} to ${last.slice(0, 2)}`);
      }
    }
    assert.equal(shown.length, views.count);
    return shown;
  };
  const flip = new Views("flip", { resize: 8, crop: 6 });
  assert.deepEqual(flip.canvas, { resize: 8, crop: 6 });
  assert.deepEqual(windows(flip, 6), ["0,0 to 5,5", "5,0 to 0,5"]);
  const five = new Views("5", { resize: 8, crop: 6 });
  assert.deepEqual(five.canvas, { resize: 8, crop: 8 });
  assert.deepEqual(windows(five, 6), ["1,1 to 6,6", "5,0 to 0,5", "2,0 to 7,5", "5,2 to 0,7", "2,2 to 7,7"]);
  // Where the network sees all of an image there is no room to shift: it is enlarged.
  assert.deepEqual(new Views("5", { resize: 14, crop: 14 }).canvas, { resize: 16, crop: 16 });
});

test("the logits are the mean of what the network says of each view", async () => {
  const bundle = await bundleOf(join(folder, "bundle"), drawnNetwork("resnet10-small", 4));
  const stream = random(1, "views");
  const pixels = Buffer.from(Uint8Array.from({ length: 3 * 50 * 40 }, () => stream.integer(256)));
  const image = sharp(pixels, { raw: { width: 50, height: 40, channels: 3 } });
  const files = await Promise.all([image.png().toBuffer(), image.clone().flop().png().toBuffer()]);
  const logitsOf = async (views: ViewsName | undefined, file: Buffer) => {
    const predictor = await loadBundle(bundle, { threads: 1, views });
    const [{ probabilities = {} }] = await predictor.predict([file]);
    await predictor.close();
    return Object.values(probabilities).map((p) => Math.log(p / (1 - p)));
  };
  const [plain, mirrored] = [await logitsOf(undefined, files[0]), await logitsOf(undefined, files[1])];
  assert.ok(plain.some((logit, i) => Math.abs(logit - mirrored[i]) > 1e-2));
  for (const [i, logit] of (await logitsOf("flip", files[0])).entries()) {
    assert.ok(Math.abs(logit - (plain[i] + mirrored[i]) / 2) < 1e-4, `label ${i}`);
  }
  const shifted = await logitsOf("5", files[0]);
  assert.ok(shifted.some((logit, i) => Math.abs(logit - plain[i]) > 1e-3));
  await assert.rejects(loadBundle(bundle, { views: "ten" as ViewsName }), /views: must be 5 or flip/);
});
