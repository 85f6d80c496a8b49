// Outside truth: oneDNN's sources: Winograd for float32 on AVX-512 is in releases 1 and 2, and was removed in 3.0.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { test } from "node:test";
import { bestFirst } from "./find.js";

test("takes version 2 where it filters by Winograd, and the newest elsewhere", () => {
  const folder = mkdtempSync(join(tmpdir(), "multihot-find-"));
  try {
    const names = ["libdnnl.so.3.10", "libdnnl.so.3.9", "libdnnl.so.2.7", "libdnnl.so.2.6"];
    const paths = names.map((name) => join(folder, name));
    for (const path of paths) writeFileSync(path, "");
    const ordered = (avx512: boolean) => bestFirst(paths, avx512).map((path) => basename(path));
    assert.deepEqual(ordered(true), [
      "libdnnl.so.2.7",
      "libdnnl.so.2.6",
      "libdnnl.so.3.10",
      "libdnnl.so.3.9",
    ]);
    assert.deepEqual(ordered(false), [
      "libdnnl.so.3.10",
      "libdnnl.so.3.9",
      "libdnnl.so.2.7",
      "libdnnl.so.2.6",
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
