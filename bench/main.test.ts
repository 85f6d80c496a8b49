import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("./main.js", import.meta.url));

/** Our side alone: there is no such interpreter. */
const bench = (...args: string[]) =>
  spawnSync(process.execPath, [main, ...args], {
    encoding: "utf8",
    env: { ...process.env, MULTIHOT_PYTHON: "/no/python3" },
  });

test("rows are measured and told as JSON, without PyTorch too", () => {
  const small = ["--size", "32", "--batch", "2", "--rounds", "2", "--steps", "1"];
  const { status, stdout, stderr } = bench(
    "--json",
    "--engine",
    "ort",
    "--rows",
    "head,inference-int8",
    ...small,
  );
  assert.equal(status, 0, stderr);
  assert.match(stderr, /Only our own side is measured: There is no \/no\/python3/);
  const { results } = JSON.parse(stdout);
  assert.deepEqual(
    results.map((result: { row: string; side: string }) => [result.row, result.side]),
    [
      ["head", "multihot"],
      ["inference-int8", "multihot"],
    ],
  );
  for (const { imagesPerSecond, peakBytes, versions } of results) {
    assert.ok(imagesPerSecond.least > 0 && imagesPerSecond.least <= imagesPerSecond.median);
    assert.ok(imagesPerSecond.median <= imagesPerSecond.most);
    // ResNet-50 alone has 90 MiB of weights.
    assert.ok(peakBytes > 90 * 2 ** 20, `${peakBytes} bytes`);
    assert.match(versions, /float32|int8/);
  }
});

test("an unknown row and a senseless number are refused", () => {
  assert.match(bench("--rows", "heads").stderr, /no row heads; there are inference, .*head/);
  assert.match(bench("--batch", "0").stderr, /--batch is a whole number of 1 or more/);
});
