// Decoding: orientations of PNG, CMYK of 16 bits, and kinds of TIFF, against what PIL makes of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import sharp from "sharp";
import { random } from "../../base/random.js";
import { openPicture, PictureError } from "./decode.js";

const [width, height] = [7, 5];
const stream = random(1, "pixels");
const pixels = Uint8Array.from({ length: width * height * 3 }, () => stream.integer(256));
const png = () => sharp(pixels, { raw: { width, height, channels: 3 } }).png();

/** The pixel of the upright image at (x, y), by the definition of Exif's orientations (Exif 2.3, 4.6.4). */
const places: Record<number, (x: number, y: number) => [number, number]> = {
  1: (x, y) => [x, y],
  2: (x, y) => [width - 1 - x, y],
  3: (x, y) => [width - 1 - x, height - 1 - y],
  4: (x, y) => [x, height - 1 - y],
  5: (x, y) => [y, x],
  6: (x, y) => [y, height - 1 - x],
  7: (x, y) => [width - 1 - y, height - 1 - x],
  8: (x, y) => [width - 1 - y, x],
};

const xmp = (orientation: number) =>
  '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description ' +
  `rdf:about="" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="${orientation}"/></rdf:RDF></x:xmpmeta>`;

for (const [kind, orient] of [
  ["eXIf", (orientation: number) => png().withMetadata({ orientation }).toBuffer()],
  ["XMP", (orientation: number) => png().withXmp(xmp(orientation)).toBuffer()],
] as const) {
  test(`a PNG is turned and mirrored as its ${kind} says`, async () => {
    for (const [orientation, place] of Object.entries(places)) {
      const picture = await openPicture(await orient(Number(orientation)));
      const { data, ...size } = (await picture.decode()).pixels;
      const turned = Number(orientation) >= 5;
      assert.deepEqual(size, turned ? { width: height, height: width } : { width, height });
      assert.deepEqual([picture.width, picture.height], [size.width, size.height]);
      for (let y = 0; y < size.height; y++) {
        for (let x = 0; x < size.width; x++) {
          const [fromX, fromY] = place(x, y);
          const from = (fromY * width + fromX) * 3;
          const at = (y * size.width + x) * 3;
          assert.deepEqual(
            data.subarray(at, at + 3),
            Buffer.from(pixels.subarray(from, from + 3)),
            `${orientation}: ${x}, ${y}`,
          );
        }
      }
    }
  });
}

/** An uncompressed TIFF of one strip (TIFF 6.0, section 2). */
function tiff(samples: Uint8Array, entries: Record<number, number>): Uint8Array {
  const all: Record<number, number> = {
    ...{ 256: 4, 257: 1, 259: 1, 273: 8, 278: 1, 279: samples.length, 284: 1 },
    ...entries,
  };
  const directory = Buffer.alloc(2 + 12 * Object.keys(all).length + 4);
  directory.writeUInt16LE(Object.keys(all).length);
  for (const [i, [tag, value]] of Object.entries(all).entries()) {
    directory.writeUInt16LE(Number(tag), 2 + 12 * i);
    directory.writeUInt16LE(4, 4 + 12 * i);
    directory.writeUInt32LE(1, 6 + 12 * i);
    directory.writeUInt32LE(value, 10 + 12 * i);
  }
  const head = Buffer.from("II*\0\0\0\0\0", "latin1");
  head.writeUInt32LE(8 + samples.length, 4);
  return Buffer.concat([head, samples, directory]);
}

test("CMYK of 16 bits is cut to the upper 8, and then (255 − C)(255 − K) / 255, as PIL does", async () => {
  const values = Uint16Array.from({ length: 16 }, () => stream.integer(65536));
  const bytes = tiff(new Uint8Array(values.buffer), { 258: 16, 262: 5, 277: 4 });
  const { data } = (await (await openPicture(bytes)).decode()).pixels;
  const wanted = Array.from({ length: 4 }, (_, pixel) => {
    const [c, m, y, k] = Array.from(values.subarray(4 * pixel, 4 * pixel + 4), (value) => value >> 8);
    return [c, m, y].map((ink) => Math.round(((255 - ink) * (255 - k)) / 255));
  });
  assert.deepEqual([...data], wanted.flat());
});

test("a TIFF of a kind that is not decoded is not called damaged, and a damaged one is", async () => {
  const samples = new Uint8Array(32);
  for (const [entries, kind] of [
    [{ 258: 8, 259: 34712, 262: 1, 277: 1 }, /compression 34712/],
    [{ 258: 64, 262: 1, 277: 1, 339: 3 }, /64 bits a sample/],
    [{ 258: 16, 262: 32844, 277: 1 }, /photometric interpretation 32844/],
  ] as const) {
    await assert.rejects(
      openPicture(tiff(samples, entries)).then((picture) => picture.decode()),
      (error) => error instanceof PictureError && error.fault === "foreign" && kind.test(error.reason),
    );
  }
  const beyondItsEnd = tiff(samples, { 256: 8, 257: 4, 258: 8, 262: 1, 273: 5000, 277: 1, 278: 4 });
  await assert.rejects(
    openPicture(beyondItsEnd).then((picture) => picture.decode()),
    (error) => error instanceof PictureError && error.fault === "damaged",
  );
});
