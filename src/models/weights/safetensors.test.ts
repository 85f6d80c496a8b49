// Our safetensors are those of the format's own library (test/golden/weights.py), and damage is told in full.
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { UserError } from "../../base/errors.js";
import { readSafetensors, writeSafetensors } from "./safetensors.js";
import { readStateDict } from "./state-dict.js";

const golden = fileURLToPath(new URL("../../../../test/golden/weights/", import.meta.url));
const scratch = await mkdtemp(join(tmpdir(), "multihot-safetensors-"));
after(() => rm(scratch, { recursive: true }));

test("what the library wrote, we write to the byte", async () => {
  const path = join(scratch, "again.safetensors");
  await writeSafetensors(path, await readSafetensors(join(golden, "float32.safetensors")), { format: "pt" });
  assert.deepEqual(await readFile(path), await readFile(join(golden, "float32.safetensors")));
});

test("what we write is read again, in its order, and no partial file stays", async () => {
  const folder = await mkdtemp(join(scratch, "written-"));
  const tensors = new Map([
    ["2", { shape: [2, 2], data: Float32Array.of(1, Number.NaN, -0, Infinity) }],
    ["1", { shape: [], data: new Float32Array(10).subarray(3, 4).fill(5) }],
    ['a "name" with ü', { shape: [0, 3], data: new Float32Array(0) }],
  ]);
  await writeSafetensors(join(folder, "w.safetensors"), tensors);
  assert.deepEqual(await readdir(folder), ["w.safetensors"]);
  const found = await readStateDict(join(folder, "w.safetensors"));
  assert.deepEqual([...found.keys()], [...tensors.keys()]);
  for (const [name, { shape, data }] of tensors)
    assert.deepEqual(found.get(name), { shape, data: data.slice() });
});

test("a shape that is not the data's is our own fault", async () => {
  const tensors = new Map([["w", { shape: [3], data: new Float32Array(2) }]]);
  await assert.rejects(writeSafetensors(join(scratch, "no"), tensors), RangeError);
});

test("a header whose length begins like another format's magic is recognised", async () => {
  const header = (length: number) =>
    JSON.stringify({ w: { dtype: "U8", shape: [1], data_offsets: [0, 1] } }).padEnd(length);
  for (const length of [0x80, 0x280, 0x8b1f, 0x4b50, 0x108]) {
    assert.deepEqual([...(await readStateDict(await file(header(length), 1))).keys()], ["w"]);
  }
});

/** A file with that header and `size` bytes of data. */
async function file(header: unknown, size: number, length?: bigint): Promise<string> {
  const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(length ?? BigInt(text.length));
  const path = join(scratch, "made.safetensors");
  await writeFile(path, Buffer.concat([start, text, Buffer.alloc(size)]));
  return path;
}

test("every problem of the header is reported at once, by name", async () => {
  const path = await file(
    {
      fits: { dtype: "F32", shape: [2], data_offsets: [0, 8] },
      beyond: { dtype: "F32", shape: [4], data_offsets: [8, 24] },
      size: { dtype: "F16", shape: [3, 2], data_offsets: [8, 16] },
      type: { dtype: "F8_E4M3", shape: [8], data_offsets: [8, 16] },
      inherited: { dtype: "toString", shape: [8], data_offsets: [8, 16] },
      backwards: { dtype: "F32", shape: [1], data_offsets: [8, 4] },
      negative: { dtype: "F32", shape: [-1], data_offsets: [8, 12] },
      offsets: { dtype: "F32", shape: [1], data_offsets: [8] },
      number: 7,
    },
    16,
  );
  await assert.rejects(readSafetensors(path), (error: unknown) => {
    assert.ok(error instanceof UserError);
    assert.ok(error.message.startsWith(path));
    assert.deepEqual(error.problems, [
      '"beyond" lies at bytes 8 to 24 of 16',
      '"size" needs 12 bytes for its shape [3, 2] of F16, and has 8',
      '"type" has the type "F8_E4M3", and we read F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8, BOOL',
      '"inherited" has the type "toString", and we read F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8, BOOL',
      '"backwards" lies at bytes 8 to 4 of 16',
      '"negative" has no shape of whole numbers',
      '"offsets" has no two data_offsets',
      '"number" is not described by an object',
    ]);
    return true;
  });
});

test("tensors that overlap, leave a gap or do not fill the file are refused", async () => {
  const at = (start: number) => ({ dtype: "U8", shape: [4], data_offsets: [start, start + 4] });
  await assert.rejects(
    readSafetensors(await file({ a: at(0), b: at(2) }, 6)),
    /"b" begins at byte 2, and the one before it ends at 4/,
  );
  await assert.rejects(readSafetensors(await file({ a: at(0), b: at(6) }, 10)), /"b" begins at byte 6/);
  await assert.rejects(
    readSafetensors(await file({ a: at(0) }, 8)),
    /the tensors end at byte 4, and the file at 8/,
  );
  assert.equal((await readSafetensors(await file({ b: at(4), a: at(0) }, 8))).size, 2);
});

test("a header that is too long, cut off or no JSON is refused", async () => {
  for (const length of [1000n, 2n ** 63n, 99_999_999n]) {
    await assert.rejects(readSafetensors(await file("{}", 0, length)), {
      name: "UserError",
      message: /its header should have/,
    });
  }
  await assert.rejects(readSafetensors(await file("[1]", 0)), /its header is not a JSON object/);
  await assert.rejects(readSafetensors(await file("{,}", 0)), /its header is not a JSON object/);
});
