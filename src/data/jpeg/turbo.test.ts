// JPEGs by libjpeg-turbo, where the system has it: sharp's pixels, and sharp's errors.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { describe, test } from "node:test";
import sharp from "sharp";
import { generator, noise } from "../../../test/support/noise.js";
import { openPicture, PictureError } from "../decode.js";
import { openInThread } from "../decode-in-thread.js";
import { openTurboJpeg } from "./turbo.js";
import { isUpright } from "./upright.js";

const folder = "test/golden/pictures";
const names = (await readdir(folder)).filter((name) => /\.jpe?g$/.test(name));
const turbo = await openTurboJpeg();
const skip = turbo === undefined && "libturbojpeg is not installed";

/** The size and the pixels, or why there are none. */
async function outcome(open: typeof openPicture, bytes: Uint8Array, strict: boolean) {
  try {
    const { width, height, decode } = await open(bytes, { strict });
    const { pixels, covers } = await decode();
    return { width, height, data: Buffer.from(pixels.data), covers };
  } catch (error) {
    assert.ok(error instanceof PictureError, String(error));
    return error.reason;
  }
}

async function agree(bytes: Uint8Array) {
  for (const strict of [false, true]) {
    assert.deepEqual(await outcome(openInThread, bytes, strict), await outcome(openPicture, bytes, strict));
  }
}

describe("in a thread, a picture has the pixels or the error that it has elsewhere", { skip }, () => {
  for (const name of names) test(name, async () => agree(await readFile(`${folder}/${name}`)));

  test("photographs of each sampling and quality, progressive ones, of odd sides", async () => {
    let plain = 0;
    for (const [width, height] of [
      [1, 1],
      [2, 17],
      [33, 31],
      [161, 75],
    ]) {
      const { data } = noise(width, height, width);
      const picture = sharp(data, { raw: { width, height, channels: 3 } });
      for (const chromaSubsampling of ["4:2:0", "4:4:4"]) {
        for (const quality of [5, 50, 100]) {
          for (const progressive of [false, true]) {
            const bytes = await picture.jpeg({ chromaSubsampling, quality, progressive }).toBuffer();
            await agree(bytes);
            const size = turbo?.sizeOf(bytes);
            if (size && turbo?.decode(bytes, size)) plain++;
          }
        }
      }
    }
    assert.equal(plain, 48);
  });

  test("what is damaged anywhere, or cut anywhere", async () => {
    const bytes = await readFile(`${folder}/colour.jpg`);
    const next = generator(9);
    for (let i = 0; i < 300; i++) {
      const damaged = Buffer.from(bytes);
      const at = next() % bytes.length;
      damaged[at] = next() & 255;
      await agree(i % 10 === 0 ? damaged.subarray(0, at) : damaged);
    }
  });

  test("none but plain ones are libjpeg-turbo's", async () => {
    const found = [];
    for (const name of names) if (turbo?.sizeOf(await readFile(`${folder}/${name}`))) found.push(name);
    assert.deepEqual(found, ["colour.jpg", "exif-1.jpg", "grey.jpg", "progressive.jpg"]);
  });
});

test("a picture is upright where its Exif data turn it nowhere", async () => {
  const { data, width, height } = noise(9, 7, 1);
  const picture = sharp(data, { raw: { width, height, channels: 3 } });
  assert.equal(isUpright(await picture.jpeg().toBuffer()), true);
  for (let orientation = 1; orientation <= 8; orientation++) {
    const bytes = await picture.clone().withMetadata({ orientation }).jpeg().toBuffer();
    assert.equal((await sharp(bytes).metadata()).orientation, orientation);
    assert.equal(isUpright(bytes), orientation === 1);
    // Cut within its segments, nothing can be told.
    for (const length of [0, 1, 2, 30, 60]) assert.equal(isUpright(bytes.subarray(0, length)), false);
  }
});
