// multihot find-lr as a program: a rate that trains, a plot that is SVG, and JSON.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { multihot } from "../../test/support/run.js";
import { smallRun } from "../../test/support/small-run.js";

let cwd: string;
before(async () => {
  cwd = await mkdtemp(join(tmpdir(), "multihot-find-lr-"));
  await smallRun(cwd);
});
after(() => rm(cwd, { recursive: true, force: true }));

const small = "--backbone backbone.onnx --batch 8 --size 32 --threads 1 --workers 1".split(" ");

test("find-lr suggests a rate below the one at which the loss runs away, and plots it", async () => {
  const line = ["find-lr", "labels.csv", ...small, "--freeze", "none", "--json"];
  const { code, stdout, stderr } = await multihot(line, { cwd });
  assert.equal(code, 0, stderr);
  const { suggestion, lowest, diverged, usual, plot, trials } = JSON.parse(stdout);
  assert.ok(suggestion > 0 && suggestion < lowest, stdout);
  assert.equal(diverged, trials.length < 100);
  assert.ok(Math.abs(trials[0].rate / (usual * 1e-4) - 1) < 1e-9);
  assert.equal(plot, join(cwd, "find-lr.svg"));
  assert.match(await readFile(plot, "utf8"), /^<svg .*suggested: .*<\/svg>$/s);
});

test("find-lr tells people what it saw, from the frozen part's output", async () => {
  const line = [
    "find-lr",
    "labels.csv",
    ...small,
    "--freeze",
    "backbone",
    "--steps",
    "60",
    "--out",
    "plot.svg",
  ];
  const { code, stdout, stderr } = await multihot(line, { cwd });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^The loss fell fastest at [\de.-]+, was lowest at [\de.+-]+, and /m);
  assert.match(stdout, /^Suggested: --lr [\de.-]+\. By default, train uses /m);
  assert.doesNotMatch(stdout, /gives the head/);
  assert.match(stdout, /^The plot is in plot\.svg$/m);
});

test("find-lr says what else has to be told, so that train does with a rate what the trials did", async () => {
  const told = async (command: string, ...more: string[]) => {
    const { code, stdout, stderr } = await multihot([command, "labels.csv", ...small, ...more], { cwd });
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const all = await told("find-lr", "--freeze", "none");
  assert.match(all, /--lr [\de.-]+ \(train gives the head 10 times that\)\. By default, /);
  assert.match(
    await told("train", "--freeze", "none", "--lr", "1e-3", "--epochs", "1", "--out", "all"),
    /--head-lr 0\.01:/,
  );

  const decay = ["--freeze", "backbone", "--weight-decay", "0.01"];
  const [, init] = /--lr [\de.-]+ --head-init ([\de.-]+)\. /.exec(await told("find-lr", ...decay)) ?? [];
  const chosen = await told("train", ...decay, "--epochs", "1", "--out", "chosen");
  assert.match(chosen, new RegExp(`--head-init ${init}: `));
  const given = await told("train", ...decay, "--lr", "1e-3", "--epochs", "1", "--out", "given");
  assert.doesNotMatch(given, /--head-init/);
});

test("rates that cannot be are told together, and where nothing falls nothing is suggested", async () => {
  const wrong = ["find-lr", "labels.csv", ...small, "--from", "1", "--to", "0.5", "--steps", "3"];
  const refused = await multihot(wrong, { cwd });
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /--steps 3: .*\n.*--to 0\.5: it has to be above 1/);
  const low = ["find-lr", "labels.csv", ...small, "--from", "1e-12", "--to", "1e-11", "--steps", "10"];
  const { code, stdout } = await multihot(low, { cwd });
  assert.equal(code, 0);
  assert.match(stdout, /^The loss did not fall at any rate up to 1e-11\.\nTry again with a higher --to/m);
});
