// Arenas: blocks alive at the same time never overlap, and memory is used again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "../../../base/random.js";
import { Block, layOut } from "./memory.js";

function block(bytes: number, first: number, last: number): Block {
  const made = new Block(bytes);
  made.usedAt(first);
  made.usedAt(last);
  return made;
}

test("blocks that live one after the other share memory", () => {
  const blocks = [block(8192, 0, 1), block(8192, 2, 3), block(4096, 1, 2)];
  assert.equal(layOut(blocks), 12288);
  assert.equal(blocks[0].offset, blocks[1].offset);
});

test("blocks that are alive at one step never overlap", () => {
  const stream = random(3, "arena");
  for (let round = 0; round < 50; round++) {
    const blocks = Array.from({ length: 40 }, () => {
      const first = stream.integer(30);
      return block(1 + stream.integer(50_000), first, first + stream.integer(12));
    });
    const size = layOut(blocks);
    for (const a of blocks) {
      assert.ok(a.offset + a.bytes <= size);
      for (const b of blocks) {
        if (a === b || a.last < b.first || b.last < a.first) continue;
        assert.ok(a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset, "they overlap");
      }
    }
    const atOnce = Math.max(
      ...Array.from({ length: 45 }, (_, step) =>
        blocks
          .filter(({ first, last }) => first <= step && step <= last)
          .reduce((sum, { bytes }) => sum + bytes, 0),
      ),
    );
    assert.ok(size <= 2 * atOnce + 40 * 4096, `${size} bytes for what needs ${atOnce} at once`);
  }
});
