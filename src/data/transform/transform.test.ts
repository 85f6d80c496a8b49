// Pictures of every kind against PIL and torchvision (test/golden/pictures.py), and what cannot be read.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import sharp from "sharp";
import { noise } from "../../../test/support/noise.js";
import { random } from "../../base/random.js";
import { openPicture, PictureError } from "../decode/decode.js";
import { preparePicture } from "./prepare-image.js";
import { randAugment } from "./rand-augment/rand-augment.js";

interface Golden {
  pictures: { resize: number; crop: number; expected: Record<string, string> };
}
const { pictures }: Golden = JSON.parse(await readFile("test/golden/pictures.json", "utf8"));
const center = { kind: "center", resize: pictures.resize, crop: pictures.crop } as const;

function difference(a: Uint8Array, b: Uint8Array): number {
  assert.equal(a.length, b.length);
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;
}

function encode({ data, width, height }: { data: Uint8Array; width: number; height: number }) {
  return sharp(data, { raw: { width, height, channels: 3 } });
}

describe("prepares what torchvision prepares", () => {
  for (const [name, expected] of Object.entries(pictures.expected)) {
    test(name, async () => {
      const prepared = await preparePicture(`test/golden/pictures/${name}`, center);
      assert.ok(difference(prepared, Buffer.from(expected, "base64")) <= 0.1);
    });
  }

  test("from bytes as from a path", async () => {
    const path = "test/golden/pictures/exif-6.jpg";
    assert.deepEqual(await preparePicture(await readFile(path), center), await preparePicture(path, center));
  });

  test("without managing colours", async () => {
    const plain = await encode(noise(16, 16, 1))
      .jpeg({ chromaSubsampling: "4:4:4" })
      .toBuffer();
    const { icc } = await sharp(await sharp(plain).withIccProfile("p3").toBuffer()).metadata();
    assert.ok(icc);
    const marker = Buffer.from([0xff, 0xe2, (icc.length + 16) >> 8, (icc.length + 16) & 255]);
    const segment = Buffer.concat([marker, Buffer.from("ICC_PROFILE\0\x01\x01", "latin1"), icc]);
    const tagged = Buffer.concat([plain.subarray(0, 2), segment, plain.subarray(2)]);
    const managed = await sharp(tagged).raw().toBuffer();
    const { pixels } = await (await openPicture(plain)).decode();
    assert.ok(difference(managed, pixels.data) > 3, "the profile would matter");
    assert.deepEqual((await (await openPicture(tagged)).decode()).pixels.data, pixels.data);
  });

  test("of 16-bit grey, the upper 8 bits", async () => {
    const grey = Uint16Array.from({ length: 64 }, (_, i) => i * 1000 + 77);
    const raw = { width: 8, height: 8, channels: 1 } as const;
    const png = await sharp(grey, { raw }).toColourspace("grey16").png().toBuffer();
    const { pixels } = await (await openPicture(png)).decode();
    assert.deepEqual(
      [...pixels.data],
      [...grey].flatMap((value) => Array(3).fill(value >> 8)),
    );
  });
});

describe("mirrors and crops by its stream", () => {
  test("with flip 1 the mirror image of flip 0", async () => {
    const png = await encode(noise(20, 20, 3))
      .png()
      .toBuffer();
    const augment = { kind: "augment", size: 7 } as const;
    const straight = await preparePicture(png, { ...augment, flip: 0 }, random(1, "x"));
    const mirrored = await preparePicture(png, { ...augment, flip: 1 }, random(1, "x"));
    const expected = straight.map((_, i) => {
      const [row, column, c] = [Math.floor(i / 21), Math.floor(i / 3) % 7, i % 3];
      return straight[(row * 7 + 6 - column) * 3 + c];
    });
    assert.notDeepEqual(straight, mirrored);
    assert.deepEqual(mirrored, expected);
  });

  test("half of them by default, and refuses to go without a stream", async () => {
    // Black on the left, white on the right, and the whole picture taken.
    const data = Uint8Array.from({ length: 4 * 4 * 3 }, (_, i) => (i % 12 < 6 ? 0 : 255));
    const png = await encode({ data, width: 4, height: 4 }).png().toBuffer();
    const augment = { kind: "augment", size: 4, scale: [1, 1], ratio: [1, 1] } as const;
    let mirrored = 0;
    for (let i = 0; i < 200; i++)
      if ((await preparePicture(png, augment, random(1, i)))[0] === 255) mirrored++;
    // Four standard deviations of a fair coin.
    assert.ok(Math.abs(mirrored - 100) < 29, `${mirrored} of 200`);
    await assert.rejects(preparePicture(png, augment), /stream/);
  });
});

test("changes what it has cropped by RandAugment, which draws after the crop", async () => {
  const png = await encode(noise(20, 20, 3))
    .png()
    .toBuffer();
  for (const transform of [{ kind: "augment", size: 9 } as const, center]) {
    const stream = random(2, "x");
    const plain = await preparePicture(png, transform, stream);
    const side = Math.sqrt(plain.length / 3);
    const wanted = randAugment(
      { data: plain, width: side, height: side },
      { operations: 3, magnitude: 20 },
      stream,
    );
    const changed = { ...transform, randAugment: { operations: 3, magnitude: 20 } };
    assert.deepEqual(await preparePicture(png, changed, random(2, "x")), wanted);
    await assert.rejects(preparePicture(png, changed), /stream/);
  }
});

describe("says why a picture cannot be had", () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "multihot-"));
  });
  after(() => rm(folder, { recursive: true }));

  const reasonOf = (path: string) =>
    preparePicture(path, center).then(
      () => assert.fail("it was read"),
      (error: unknown) => {
        assert.ok(error instanceof PictureError, String(error));
        assert.equal(error.message, `${path}: ${error.reason}`);
        return error.reason;
      },
    );

  test("missing, a folder, empty, a text, a drawing", async () => {
    assert.match(await reasonOf(join(folder, "none.jpg")), /no such file/);
    await mkdir(join(folder, "folder.jpg"));
    assert.match(await reasonOf(join(folder, "folder.jpg")), /folder/);
    await writeFile(join(folder, "empty.jpg"), "");
    assert.match(await reasonOf(join(folder, "empty.jpg")), /empty/);
    await writeFile(join(folder, "text.jpg"), "this is not a picture");
    assert.match(await reasonOf(join(folder, "text.jpg")), /no picture.*wanted JPEG, PNG/);
    await writeFile(
      join(folder, "drawing.png"),
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
    );
    assert.match(await reasonOf(join(folder, "drawing.png")), /svg; wanted JPEG/);
  });

  for (const name of ["colour.jpg", "colour.png", "colour.webp", "animation.gif"]) {
    test(`cut in half: ${name}`, async () => {
      const bytes = await readFile(`test/golden/pictures/${name}`);
      const path = join(folder, `half-${name}`);
      await writeFile(path, bytes.subarray(0, bytes.length / 2));
      assert.match(await reasonOf(path), /ends too early or is damaged/);
    });
  }

  test("in words that are its own, though pictures of four kinds fail at once", async () => {
    const halves = await Promise.all(
      ["colour.jpg", "colour.png", "colour.webp", "animation.gif"].map(async (name) => {
        const bytes = await readFile(`test/golden/pictures/${name}`);
        return bytes.subarray(0, bytes.length / 2);
      }),
    );
    const heic = Buffer.concat([
      Buffer.from([0, 0, 0, 24]),
      Buffer.from("ftypheic0000mif1heic"),
      Buffer.alloc(40),
    ]);
    const sentence = (bytes: Uint8Array) =>
      preparePicture(bytes, center).catch((e: PictureError) => e.reason);
    const said = await Promise.all(
      Array.from({ length: 200 }, (_, i) => sentence(i % 5 === 4 ? heic : halves[i % 5])),
    );
    const [damaged, isHeic] = [
      new Set(said.filter((_, i) => i % 5 !== 4)),
      new Set(said.filter((_, i) => i % 5 === 4)),
    ];
    assert.deepEqual([...damaged], ["the file ends too early or is damaged."]);
    assert.deepEqual(
      [...isHeic],
      ["it is a HEIC picture, which is not decoded here; wanted JPEG, PNG, WebP, GIF, TIFF or AVIF."],
    );
  });

  test("too many pixels, of which the header tells", async () => {
    const png = await encode(noise(4, 4, 1))
      .png()
      .toBuffer();
    png.writeUInt32BE(60_000, 16);
    png.writeUInt32BE(60_000, 20);
    png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
    const path = join(folder, "huge.png");
    await writeFile(path, png);
    assert.match(await reasonOf(path), /more than 178,956,970 pixels/);
  });

  test("but reads a JPEG with stray bytes between its markers, as PIL does", async () => {
    const bytes = await readFile("test/golden/pictures/colour.jpg");
    const scan = bytes.indexOf(Buffer.from([0xff, 0xda]));
    const stray = Buffer.concat([bytes.subarray(0, scan), Buffer.alloc(4, 1), bytes.subarray(scan)]);
    assert.deepEqual(await preparePicture(stray, center), await preparePicture(bytes, center));
  });
});

/** The checksum of a PNG chunk. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
