// What PyTorch and the safetensors library wrote is read as they read it (test/golden/weights.py).
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { sharedFile } from "../../../test/support/shared-data.js";
import { UserError } from "../../base/errors.js";
import { random } from "../../base/random.js";
import type { StateDict } from "./elements.js";
import { readStateDict } from "./state-dict.js";

const root = fileURLToPath(new URL("../../../..", import.meta.url));
const golden = join(root, "test/golden/weights");
const { path: real, skip } = sharedFile("weights");
const expected = JSON.parse(readFileSync(join(golden, "expected.json"), "utf8"));
const scratch = await mkdtemp(join(tmpdir(), "multihot-weights-"));
after(() => rm(scratch, { recursive: true }));

function assertSame(found: StateDict, wanted: Record<string, { shape: number[]; data: string }>): void {
  assert.deepEqual(new Set(found.keys()), new Set(Object.keys(wanted)));
  for (const [name, { shape, data }] of Object.entries(wanted)) {
    const weight = found.get(name);
    assert.deepEqual(weight?.shape, shape, name);
    const bytes = Buffer.from(data, "base64");
    const numbers = Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
    // deepEqual tells 0 from -0 and takes NaN for NaN.
    assert.deepEqual([...(weight?.data ?? [])], numbers, name);
  }
}

for (const file of [
  "zip.pth",
  "zip-protocol1.pth",
  "zip-protocol4.pth",
  "zip-deflated.pth",
  "zip64.pth",
  "zip-big-endian.pth",
  "old.pth",
  "old-protocol4.pth",
  "every.safetensors",
]) {
  test(`${file}: every type, strided, shared and empty tensors, as PyTorch has them`, async () => {
    assertSame(await readStateDict(join(golden, file)), expected.every);
  });
}

test("the order is the file's", async () => {
  const names = [...(await readStateDict(join(golden, "zip.pth"))).keys()];
  assert.deepEqual(names, Object.keys(expected.every));
});

test("tensors that share a storage do not share memory", async () => {
  const found = await readStateDict(join(golden, "zip.pth"));
  found.get("shared_row")?.data.fill(7);
  assert.ok(!found.get("columns")?.data.includes(7));
});

for (const file of ["checkpoint.pth", "checkpoint-old.pth"]) {
  test(`${file}: the state_dict is found in the checkpoint and its prefixes are taken off`, async () => {
    assertSame(await readStateDict(join(golden, file)), expected.module);
  });
}

for (const [file, name] of [
  ["malicious.pth", "posix.system"],
  ["malicious-old.pth", "posix.system"],
  ["module.pth", "torch.nn.modules.container.Sequential"],
  ["namespace.pth", "argparse.Namespace"],
  ["numpy.pth", "numpy.core.multiarray.scalar"],
]) {
  test(`${file}: ${name} is refused by name`, async () => {
    await assert.rejects(
      readStateDict(join(golden, file)),
      (error: unknown) =>
        error instanceof UserError && error.message.includes(`"${name}"`) && error.message.includes(file),
    );
  });
}

for (const [file, sentence] of [
  ["repeats.pth", /asks for 1099511627776 numbers and holds 1:/],
  ["bomb.pth", /claims to unpack to 800\d{4}\. .* made to fill the memory/],
  ["storage-missing.pth", /is damaged: even needs 24 bytes of storage "1", and the file has none/],
  ["no-weights.zip", /not one that torch\.save wrote: it has no data\.pkl, but photos\/a\.jpg/],
  ["torchscript.pt", /TorchScript program/],
  ["plain.pkl", /a pickle that torch\.save did not write/],
  ["two.pth", /a dictionary of a \(a dictionary\), b \(a dictionary\), epoch \(a number\)/],
  ["list.pth", /It is a list/],
  ["nothing.pth", /There is no file/],
  [".", /is a folder/],
] as const) {
  test(`${file} is refused, and the error says what it is`, async () => {
    await assert.rejects(readStateDict(join(golden, file)), { name: "UserError", message: sentence });
  });
}

for (const [name, content, sentence] of [
  ["empty.pth", "", /is empty/],
  ["page.pth", "\n<!DOCTYPE html><html>", /a web page/],
  ["pointer.pth", "version https://git-lfs.github.com/spec/v1\n", /git lfs pull/],
  ["text.pth", "conv1.weight 1 2 3", /of no kind that we know \(it begins with the bytes 63 6f 6e 76/],
] as const) {
  test(`${name} is recognised by content and refused`, async () => {
    await writeFile(join(scratch, name), content);
    await assert.rejects(readStateDict(join(scratch, name)), { name: "UserError", message: sentence });
  });
}

test("real checkpoints have the names and numbers that PyTorch reads", { skip }, async () => {
  const checksums = JSON.parse(readFileSync(join(golden, "real.json"), "utf8"));
  for (const [file, { tensors, names, numbers }] of Object.entries<Record<string, unknown>>(checksums)) {
    const found = await readStateDict(join(real, file));
    assert.equal(found.size, tensors, file);
    assert.equal(
      createHash("sha256")
        .update([...found.keys()].join("\n"))
        .digest("hex"),
      names,
      file,
    );
    const digest = createHash("sha256");
    for (const { data } of found.values())
      digest.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    assert.equal(digest.digest("hex"), numbers, file);
  }
});

test("an ONNX file has the weights of the same network's safetensors", { skip }, async () => {
  const onnx = await readStateDict(join(real, "squeezenet1_1-imagenet.onnx"));
  const safetensors = await readStateDict(join(real, "squeezenet1_1-imagenet.safetensors"));
  assert.deepEqual(new Set(onnx.keys()), new Set(safetensors.keys()));
  for (const [name, weight] of safetensors) assert.deepEqual(onnx.get(name), weight, name);
});

test("2,000 damaged files end in a UserError or are read, quickly and in little memory", async () => {
  const stream = random(1, "damage");
  const files = [
    "tiny.pth",
    "tiny-deflated.pth",
    "tiny-old.pth",
    "checkpoint-old.pth",
    "float32.safetensors",
  ];
  const originals = await Promise.all(files.map((file) => readFile(join(golden, file))));
  const path = join(scratch, "damaged");
  const memory = process.resourceUsage().maxRSS;
  let refused = 0;
  for (let i = 0; i < 2000; i++) {
    const original = originals[i % originals.length];
    let bytes = Buffer.from(original);
    if (stream.uniform() < 0.2) bytes = bytes.subarray(0, stream.integer(bytes.length));
    else {
      for (let flips = 1 + stream.integer(4); flips > 0; flips--) {
        bytes[stream.integer(bytes.length)] ^= 1 << stream.integer(8);
      }
    }
    await writeFile(path, bytes);
    try {
      await readStateDict(path);
    } catch (error) {
      assert.ok(
        error instanceof UserError,
        `damage ${i} of ${files[i % files.length]}: ${(error as Error).stack}`,
      );
      assert.ok(error.message.includes(path));
      refused++;
    }
  }
  assert.ok(refused > 500, `${refused} were refused`);
  const grown = (process.resourceUsage().maxRSS - memory) / 1024;
  assert.ok(grown < 200, `memory grew by ${grown} MiB`);
});
