// multihot check as a program: what it prints, its exit codes, its JSON.
import assert from "node:assert/strict";
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { multihot } from "../../test/support/run.js";
import { writeSample } from "../data/sample/sample.js";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "multihot-"));
  await writeSample(join(folder, "clean"), { images: 300, size: 64, seed: 3 });
  await writeSample(join(folder, "spoilt"), { images: 300, size: 64, seed: 3 });
  await appendFile(join(folder, "spoilt/labels.csv"), "images/nowhere.jpg,moon\nimages/0001.jpg,Moon\n");
});
after(() => rm(folder, { recursive: true }));

test("a clean set: nothing found, exit code 0", async () => {
  const { code, stdout } = await multihot(["check", "clean/labels.csv"], { cwd: folder });
  assert.match(stdout, /^clean\/labels\.csv: 300 rows, 12 labels \(csv\)\n\nNothing found, in \d+ s\.\n$/);
  assert.equal(code, 0);
});

test("errors come first, with their rows, in 80 columns; exit code 1", async () => {
  const { code, stdout } = await multihot(["check", "spoilt/labels.csv", "--no-decode"], { cwd: folder });
  assert.equal(code, 1);
  const heads = stdout.split("\n").filter((line) => /^\S/.test(line));
  assert.deepEqual(heads.slice(1, 5), [
    "✖ 1 image has several rows  repeated-row",
    "✖ 1 row names a file that is not there  missing-file",
    "✖ 1 label is written in several ways  same-label",
    "▲ 1 label has too few positives to learn  few-to-learn",
  ]);
  assert.match(stdout, /images\/nowhere\.jpg \(row 302\): there is no such file\./);
  assert.match(stdout, /3 errors, 1 warning, in \d+ s\.\nThe images were not decoded/);
  for (const line of stdout.split("\n")) assert.ok(line.length <= 80, line);
});

test("JSON is one object with findings that programs can use, bounded by --examples", async () => {
  const { code, stdout, stderr } = await multihot(
    ["check", "spoilt/labels.csv", "--json", "--examples", "0", "--no-decode"],
    { cwd: folder },
  );
  assert.equal(code, 1);
  assert.equal(stderr, "");
  const { findings, ...rest } = JSON.parse(stdout);
  assert.deepEqual(rest, {
    data: "spoilt/labels.csv",
    format: "csv",
    rows: 302,
    labels: 13,
    decoded: false,
    errors: 3,
    warnings: 1,
    notes: 0,
  });
  assert.deepEqual(findings[1], {
    kind: "missing-file",
    severity: "error",
    title: "1 row names a file that is not there",
    advice: "Put the files there, correct the paths, or remove the rows.",
    count: 1,
    examples: [],
  });
});

test("DATA that cannot be read is told as JSON too, where that was asked for", async () => {
  await writeFile(join(folder, "no-path.csv"), "size,labels\n3,moon\n");
  const told = await multihot(["check", "no-path.csv"], { cwd: folder });
  const { code, stdout, stderr } = await multihot(["check", "no-path.csv", "--json"], { cwd: folder });
  assert.deepEqual([code, stderr, told.code, told.stdout], [1, "", 1, ""]);
  assert.deepEqual(JSON.parse(stdout), { data: "no-path.csv", error: told.stderr.trimEnd() });
});

test("--fix says what it did, and what it wrote is clean", async () => {
  const args = ["check", "spoilt/labels.csv", "--fix", "spoilt/fixed.csv", "--no-decode"];
  const { code, stdout } = await multihot(args, { cwd: folder });
  assert.equal(code, 1);
  assert.match(stdout, /spoilt\/fixed\.csv: 300 rows, 12 labels\n {2}- 1 row whose picture cannot be used/);
  const again = await multihot(["check", "spoilt/fixed.csv"], { cwd: folder });
  assert.match(again.stdout, /Nothing found/);
  assert.equal(again.code, 0);
  const written = await readFile(join(folder, "spoilt/fixed.csv"), "utf8");
  const clean = await readFile(join(folder, "clean/labels.csv"), "utf8");
  // The first row has the labels of both of its rows, in order; all others are as they were.
  const sorted = (text: string) =>
    text
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/[,|]/).sort().join());
  assert.deepEqual(sorted(written).slice(2), sorted(clean).slice(2));
  assert.match(written, /^images\/0001\.jpg,.*\bmoon\b/m);
  const refused = await multihot(args, { cwd: folder });
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /spoilt\/fixed\.csv exists already/);
});

test("what was found is told, and exit code 1, where --fix can write nothing", async () => {
  await writeFile(join(folder, "gone.csv"), "image,labels\ngone.jpg,moon\n");
  const args = ["check", "gone.csv", "--fix", "left.csv"];
  const { code, stdout } = await multihot(args, { cwd: folder });
  assert.equal(code, 1);
  assert.match(stdout, /^✖ 1 row names a file that is not there/m);
  assert.match(stdout, /\nNothing was written: Nothing of gone\.csv is left to write\.\n$/);
  const { unfixed, fixed } = JSON.parse((await multihot([...args, "--json"], { cwd: folder })).stdout);
  assert.deepEqual([unfixed, fixed], ["Nothing of gone.csv is left to write.", undefined]);
});

test("options that cannot be are told at once", async () => {
  const { code, stderr } = await multihot(["check", "x.csv", "--examples", "many", "--workers", "0"]);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /--examples many: must be a number\n.*--workers 0: must be a whole number, at least 1/,
  );
});
