// Outside truth: IEEE 754 (half precision keeps 11 bits), and what was written.
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { random } from "../../../base/random.js";
import { type ChunkPicture, readChunk, writeChunk } from "./chunk.js";
import { Rows } from "./rows.js";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "multihot-features-"));
});
after(() => rm(folder, { recursive: true, force: true }));

const values = [
  { name: "a", type: "float32", shape: ["N", 3, 5, 5] },
  { name: "b", type: "float32", shape: ["N", 7] },
] as const;

test("a row keeps 11 bits of each value, whatever their size, down to 2⁻²⁹ of the greatest", () => {
  const stream = random(1, "rows");
  const rows = new Rows(values);
  for (const size of [1e-37, 1e-9, 1, 65520, 1e9, 3e38]) {
    const parts = [75, 7].map((length) =>
      Float32Array.from({ length }, () => size * stream.uniform() ** 4 * Math.sign(stream.normal())),
    );
    const into = new Uint8Array(3 * rows.bytes);
    rows.write(into, rows.bytes, parts);
    assert.ok(into.subarray(0, rows.bytes).every((byte) => byte === 0));
    assert.ok(into.subarray(2 * rows.bytes).every((byte) => byte === 0));
    const found = parts.map(({ length }) => new Float32Array(length));
    rows.read(into.subarray(rows.bytes, 2 * rows.bytes), found);
    for (const [i, part] of parts.entries()) {
      const greatest = Math.max(...part.map(Math.abs));
      for (const [j, wanted] of part.entries()) {
        const allowed = Math.max(2 ** -11 * Math.abs(wanted), 2 ** -39 * greatest, 2 ** -149);
        assert.ok(Math.abs(found[i][j] - wanted) <= allowed, `${found[i][j]}, not ${wanted}`);
      }
    }
  }
});

test("what is not finite stays so", () => {
  const rows = new Rows([values[1]]);
  const into = new Uint8Array(rows.bytes);
  rows.write(into, 0, [Float32Array.of(1, Number.NaN, Infinity, -Infinity, 0, -1, 2)]);
  const [found] = [new Float32Array(7)];
  rows.read(into, [found]);
  assert.deepEqual([...found], [1, Number.NaN, Infinity, -Infinity, 0, -1, 2]);
});

test("a file gives its rows back, and none that is cut short, of another key or of other pictures", async () => {
  const path = join(folder, "0.features");
  const bytes = 8;
  const pictures: ChunkPicture[] = [
    { sha256: "ä", missing: null },
    { sha256: null, missing: "there is no such file." },
    { sha256: "c", missing: null },
  ];
  const rows = Uint8Array.from({ length: 3 * bytes }, (_, i) => 7 * i);
  await writeChunk(path, "key", pictures, rows);
  assert.deepEqual(await readdir(folder), ["0.features"]);
  const hashes = pictures.map(({ sha256 }) => sha256);
  const read = (key: string, bytes: number, sha256: (string | null)[], whole = true) =>
    readChunk(path, key, bytes, async () => sha256, { whole });
  for (const whole of [true, false]) {
    const chunk = await read("key", bytes, hashes, whole);
    assert.ok(chunk);
    assert.deepEqual(chunk.pictures, pictures);
    for (const i of [2, 0]) {
      const row = await chunk.row(i);
      assert.equal(row.byteOffset % 4, 0);
      assert.deepEqual([...row], [...rows.subarray(i * bytes, (i + 1) * bytes)]);
    }
    await chunk.close();
  }
  assert.equal(await read("another", bytes, hashes), undefined);
  assert.equal(await read("key", 4, hashes), undefined);
  assert.equal(await read("key", bytes, ["ä", null, "d"]), undefined);
  assert.equal(await read("key", bytes, ["ä", "b", "c"]), undefined);
  await truncate(path, (await import("node:fs")).statSync(path).size - 1);
  assert.equal(await read("key", bytes, hashes), undefined);
  await truncate(path, 2);
  assert.equal(await read("key", bytes, hashes), undefined);
  await rm(path);
  assert.equal(await read("key", bytes, hashes), undefined);
});

test("a file with any byte changed gives its rows as they were, or none", async () => {
  const path = join(folder, "flipped.features");
  const bytes = 8;
  const pictures: ChunkPicture[] = [
    { sha256: "a", missing: null },
    { sha256: "b", missing: "damaged." },
  ];
  const rows = Uint8Array.from({ length: 2 * bytes }, (_, i) => 11 * i);
  await writeChunk(path, "key", pictures, rows);
  const good = await readFile(path);
  for (let at = 0; at < good.length; at++) {
    const bad = Buffer.from(good);
    bad[at] ^= 1 << (at % 8);
    await writeFile(path, bad);
    for (const whole of [true, false]) {
      const chunk = await readChunk(path, "key", bytes, async () => ["a", "b"], { whole });
      if (chunk === undefined) continue;
      assert.deepEqual(chunk.pictures, pictures, `byte ${at}`);
      assert.ok(!whole, `byte ${at} of a file that is read whole`);
      let refused = 0;
      for (const i of [0, 1]) {
        let row: Uint8Array | undefined;
        try {
          row = await chunk.row(i);
        } catch (error) {
          assert.match((error as Error).message, /is damaged.*--resume/s);
          refused++;
        }
        if (row) assert.deepEqual([...row], [...rows.subarray(i * bytes, (i + 1) * bytes)], `byte ${at}`);
      }
      await chunk.close();
      assert.equal(refused, 1, `byte ${at}`);
    }
  }
});
