// JPEGs in a thread, by libjpeg-turbo where the system has it: the pixels and errors of sharp alone.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { describe, test } from "node:test";
import sharp from "sharp";
import { lacks } from "../../../../test/support/needs.js";
import { generator, noise } from "../../../../test/support/noise.js";
import { openPicture, PictureError } from "../decode.js";
import { openInThread } from "../decode-in-thread.js";
import { plainSize } from "./plain.js";
import { openTurboJpeg } from "./turbo.js";

const folder = "test/golden/pictures";
const names = (await readdir(folder)).filter((name) => /\.jpe?g$/.test(name));
const turbo = await openTurboJpeg();
const skip = lacks("turbojpeg", turbo === undefined && "its library is not installed");

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

/** Whether libjpeg-turbo decodes it. */
function isTurbos(bytes: Uint8Array): boolean {
  const size = plainSize(bytes);
  return size !== undefined && turbo?.takes(bytes, size) === true && turbo.decode(bytes, size) !== undefined;
}

describe("in a thread, a picture has the pixels or the error that it has elsewhere", () => {
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
            if (isTurbos(bytes)) plain++;
          }
        }
      }
    }
    assert.equal(plain, turbo ? 48 : 0);
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

  test("none but plain ones are libjpeg-turbo's", { skip }, async () => {
    const found = [];
    for (const name of names) if (isTurbos(await readFile(`${folder}/${name}`))) found.push(name);
    assert.deepEqual(found, ["colour.jpg", "exif-1.jpg", "grey.jpg", "progressive.jpg"]);
  });
});

test("the size of a plain picture is read where its Exif data turn it nowhere", async () => {
  const { data, width, height } = noise(9, 7, 1);
  const picture = sharp(data, { raw: { width, height, channels: 3 } });
  assert.deepEqual(plainSize(await picture.jpeg().toBuffer()), { width, height });
  for (let orientation = 1; orientation <= 8; orientation++) {
    const bytes = await picture.clone().withMetadata({ orientation }).jpeg().toBuffer();
    assert.equal((await sharp(bytes).metadata()).orientation, orientation);
    assert.deepEqual(plainSize(bytes), orientation === 1 ? { width, height } : undefined);
    // Cut within its segments, nothing can be told.
    for (const length of [0, 1, 2, 30, 60]) assert.equal(plainSize(bytes.subarray(0, length)), undefined);
  }
});
