// multihot bench as a program, on our side alone: there is no such interpreter; and its report's sums.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Measurement } from "../bench/measure.js";
import { measureRow } from "../bench/measure.js";
import { reportTable } from "../bench/report.js";
import { rows, type Settings } from "../bench/rows.js";
import type { Side } from "../bench/sides.js";

const main = fileURLToPath(new URL("./main.js", import.meta.url));

const bench = (...args: string[]) =>
  spawnSync(process.execPath, [main, "bench", ...args], {
    encoding: "utf8",
    env: { ...process.env, MULTIHOT_PYTHON: "/no/python3" },
  });
const small = ["--backbone", "resnet18", "--size", "32", "--batch", "2", "--rounds", "2", "--steps", "1"];

test("rows are measured and told as JSON, without PyTorch too", () => {
  const asked = ["stage-cached", "inference-int8", "latency", "loader"];
  const { status, stdout, stderr } = bench(
    ...["--json", "--engine", "ort", "--against", "pytorch", "--pictures", "4"],
    ...["--rows", asked.join(","), ...small],
  );
  assert.equal(status, 0, stderr);
  assert.match(stderr, /PyTorch is not measured: There is no \/no\/python3/);
  const { results, machine, settings, pytorch } = JSON.parse(stdout);
  assert.deepEqual(pytorch, []);
  assert.equal(settings.backbone, "resnet18");
  assert.ok(machine.memoryBytes > 0);
  assert.deepEqual(
    results.map(({ row, side, unit }: Measurement) => [row, side, unit]),
    [
      ["stage-cached", "multihot, ONNX Runtime, fp32", "pictures/s"],
      ["inference-int8", "multihot, ONNX Runtime, int8", "pictures/s"],
      ["latency", "multihot, ONNX Runtime, fp32", "ms"],
      ["loader", "multihot", "pictures/s"],
    ],
  );
  for (const { median, least, most, peakBytes } of results) {
    assert.ok(least > 0 && least <= median && median <= most);
    assert.ok(peakBytes > 30 * 2 ** 20, `${peakBytes} bytes`);
  }
});

test("people are told the machine, the versions and a table", () => {
  const { status, stdout, stderr } = bench("--engine", "ort", "--rows", "inference", ...small);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^resnet18, 32 pixels, batch 2, 20 labels, \d+ threads; 2 rounds$/m);
  assert.match(stdout, /^multihot \S+, Node v\S+; ONNX Runtime \S+$/m);
  assert.match(stdout, /^\| inference +\| multihot, ONNX Runtime, fp32 +\| [\d.]+ pictures\/s \(.*GiB +\|$/m);
});

test("what cannot be measured is refused, all at once", () => {
  const { status, stderr } = bench("--rows", "heads,run", "--batch", "0", "--pytorch", "both");
  assert.equal(status, 1);
  assert.match(stderr, /--rows .*inference, .*run/);
  assert.match(stderr, /--batch 0: must be a number of at least 1/);
  assert.match(stderr, /--data: row run trains on pictures/);
  assert.match(stderr, /--pytorch both: .*--against pytorch/);
});

/** A side whose steps, so it says, take so many seconds. */
const said = (name: string, seconds: number, { pytorch = false, fails = false } = {}): Side => ({
  name,
  precision: "fp32",
  pytorch,
  start: () => {
    const script = `
      ${fails ? "throw new Error('no such library')" : ""}
      console.log('{"ready":"version 1","items":8}');
      require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
        const { steps } = JSON.parse(line);
        console.log(JSON.stringify({ seconds: Array(steps).fill(${seconds}), peakBytes: 2 ** 30 }));
      });`;
    return spawn(process.execPath, ["--eval", script]);
  },
});

test("a side that fails in its first steps or later is left out, and the others are measured", async () => {
  const failing = (step: number): Side => ({
    ...said(`fails in step ${step}`, 1),
    start: () => {
      const script = `
        console.log('{"ready":"version 1","items":8}');
        let asked = 0;
        require("readline").createInterface({ input: process.stdin }).on("line", () => {
          if (++asked === ${step}) throw new Error("not for this precision");
          console.log('{"seconds":[1],"peakBytes":1}');
        });`;
      return spawn(process.execPath, ["--eval", script]);
    },
  });
  const missing: string[] = [];
  const options = {
    rounds: 2,
    steps: 1,
    onMissing: (side: string, why: string) => missing.push(`${side}: ${why}`),
  };
  const sides = [failing(1), failing(2), failing(3), said("multihot", 0.5)];
  const found = await measureRow("all", rows.all, sides, {} as Settings, options);
  assert.deepEqual(
    found.map(({ side }) => side),
    ["multihot"],
  );
  assert.deepEqual(
    missing,
    [1, 2, 3].map((step) => `fails in step ${step}: its process ended early: Error: not for this precision`),
  );
});

test("figures, ratios and the table follow from the seconds that the sides tell", async () => {
  const missing: string[] = [];
  const sides = [
    said("multihot", 0.5),
    said("PyTorch, installed", 2, { pytorch: true }),
    said("PyTorch, tuned", 1, { pytorch: true }),
    said("PyTorch, broken", 1, { pytorch: true, fails: true }),
  ];
  const options = { rounds: 2, steps: 3, onMissing: (side: string, why: string) => missing.push(side, why) };
  const found = await measureRow("all", rows.all, sides, {} as Settings, options);
  assert.deepEqual(
    found.map(({ median }) => median),
    [16, 4, 8],
  );
  assert.deepEqual(found[0].ratios, { "PyTorch, installed": 4, "PyTorch, tuned": 2 });
  assert.equal(missing[0], "PyTorch, broken");
  assert.match(missing[1], /no such library$/);
  const lines = reportTable(found, ["installed", "tuned"]).split("\n");
  assert.match(lines[2], /\| 16\.0 pictures\/s +\| 1\.0 GiB +\| 4\.00 +\| 2\.00 +\|$/);
  assert.equal(new Set(lines.map(({ length }) => length)).size, 1);
  // What takes milliseconds is the better the fewer they are.
  const [ours] = await measureRow("loss", rows.loss, sides.slice(0, 2), {} as Settings, options);
  assert.equal(ours.median, 500);
  assert.equal(ours.ratios["PyTorch, installed"], 4);
});
