// multihot train as a program: from a labels file to a bundle that tags, interrupted and taken up again.
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { plain } from "../../test/support/colours.js";
import { multihot } from "../../test/support/run.js";
import { smallRun } from "../../test/support/small-run.js";
import { readBundle } from "../bundle/bundle.js";
import type { Choice } from "../training/recipe/choice.js";

let cwd: string;
before(async () => {
  cwd = await mkdtemp(join(tmpdir(), "multihot-train-"));
  await smallRun(cwd);
});
after(() => rm(cwd, { recursive: true, force: true }));

const options = (out: string, epochs: number) =>
  `train labels.csv --out ${out} --backbone backbone.onnx --freeze none --epochs ${epochs} --batch 8 --size 32
  --lr 0.05 --optimizer adamw --augment none --threads 1 --workers 1`.split(/\s+/);

test("train --json prints a line an epoch and a last one, and its bundle has learned the colours", async () => {
  const { code, stdout, stderr } = await multihot([...options("json", 4), "--json"], { cwd });
  assert.equal(code, 0, stderr);
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.equal(lines.length, 5);
  for (const [i, line] of lines.slice(0, 4).entries()) {
    assert.deepEqual(Object.keys(line), ["epoch", "loss", "mAP", "imagesPerSecond"]);
    assert.equal(line.epoch, i + 1);
    assert(line.loss > 0 && line.imagesPerSecond > 0);
  }
  const { done, mAP, bundle, choices, ...rest } = lines[4];
  for (const choice of choices) assert.deepEqual(Object.keys(choice), ["option", "value", "reason"]);
  assert.ok(choices.some(({ option, value }: Choice) => option === "schedule" && value === "onecycle"));
  assert.equal(done, true);
  assert.deepEqual(rest, {});
  assert.equal(bundle, join(cwd, "json", "bundle"));
  assert.equal(mAP, Math.max(...lines.slice(0, 4).map((line) => line.mAP)));
  assert.equal((await readBundle(bundle)).manifest.metrics.mAP, mAP);

  const evaluated = await multihot(["evaluate", bundle, "labels.csv", "--json"], { cwd });
  assert.equal(evaluated.code, 0, evaluated.stderr);
  assert(JSON.parse(evaluated.stdout).mAP > 0.9, evaluated.stdout);
  const tagged = await multihot(["predict", bundle, "images", "--json"], { cwd });
  assert.equal(JSON.parse(tagged.stdout).length, 40);
});

test("report writes a run's report anew, and says what is no run", async () => {
  const path = join(cwd, "json", "report.html");
  const before = await readFile(path, "utf8");
  await rm(path);
  const { code, stdout, stderr } = await multihot(["report", "json", "--json"], { cwd });
  assert.equal(code, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), { report: path });
  const figures = (text: string) => /<tbody>.*<\/tbody>/s.exec(text)?.[0];
  assert.equal(figures(await readFile(path, "utf8")), figures(before));
  assert.equal(
    (await multihot(["report", "json"], { cwd })).stdout.trim(),
    `The report is in ${join("json", "report.html")}`,
  );
  const none = await multihot(["report", "images"], { cwd });
  assert.equal(none.code, 1);
  assert.match(none.stderr, /images holds no run; wanted the folder that train was told by --out/);
});

test("train tells people what it chose and why, an epoch a line, and a table at the end", async () => {
  const { code, stdout, stderr } = await multihot([...options("text", 2)], { cwd });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^\d+ training images, \d+ validation images, 3 labels$/m);
  assert.match(stdout, /^ {2}• --schedule onecycle: /m);
  assert.match(stdout, /^epoch 1\/2 {2}loss \d\.\d{4} {2}validation loss \d\.\d{4} {2}mAP [01]\.\d{3} {2}/m);
  assert.match(stdout, /^label +positives +average precision +threshold$/m);
  for (const label of ["red", "green", "blue"])
    assert.match(stdout, new RegExp(`^${label} +\\d+ +[01]\\.\\d{3} +[01]\\.\\d{3}$`, "m"));
  assert.match(stdout, /^The bundle is in .*text.bundle$/m);
  assert.match(stdout, /^The report is in .*text.report\.html$/m);
});

test("what the pictures do not let a run learn or measure is told on standard error, beside JSON too", async () => {
  await writeFile(join(cwd, "none.csv"), "image,labels\nimages/0.png,\nimages/1.png,\n");
  for (const [out, ...more] of [["unmeasured"], ["unmeasured-json", "--json"]]) {
    const typed = [...options(out, 0), "--val", "none.csv", ...more];
    const { code, stdout, stderr } = await multihot(typed, { cwd });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^No validation image has any label: mAP can't be computed,/m);
    assert.doesNotMatch(stdout, /No validation/);
  }
});

test("a test set is measured once, at the end, and images of it that training has seen are told", async () => {
  // The 40 images of the data have 8 colours; the unseen ones have others.
  await mkdir(join(cwd, "unseen"));
  const colours = [
    [10, 200, 20],
    [205, 30, 10],
    [225, 220, 30],
    [15, 10, 230],
  ] as const;
  for (const [i, colour] of colours.entries())
    await writeFile(join(cwd, "unseen", `${i}.png`), await plain(colour));
  const rows = ["unseen/0.png,green", "unseen/1.png,red", "unseen/2.png,red|green", "unseen/3.png,blue"];
  await writeFile(join(cwd, "test.csv"), `image,labels\n${rows.join("\n")}\nimages/0.png,red\n`);
  const typed = [...options("tested", 1), "--val", "labels.csv", "--test", "test.csv", "--json"];
  const { code, stdout, stderr } = await multihot(typed, { cwd });
  assert.equal(code, 0, stderr);
  const last = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  assert.equal(last.test.images, 5);
  assert.deepEqual(last.test.seen, { training: 1, validation: 0 });
  assert.match(stderr, /1 of the 5 images are ones that the bundle was trained on/);
  const measured = await multihot(["evaluate", join("tested", "bundle"), "test.csv", "--json"], { cwd });
  const { source, loss, ...figures } = last.test;
  assert.equal(source, join(cwd, "test.csv"));
  const { loss: measuredLoss, ...expected } = JSON.parse(measured.stdout);
  assert.deepEqual(figures, expected);
  // Engines with other threads may differ in the last bits.
  assert.ok(Math.abs(loss - measuredLoss) < 1e-6);
  assert.match(measured.stderr, /1 of the 5 images are ones that the bundle was trained on/);
  // The report tells it, also when it is written anew.
  for (const again of [false, true]) {
    if (again) assert.equal((await multihot(["report", "tested"], { cwd })).code, 0);
    const report = await readFile(join(cwd, "tested", "report.html"), "utf8");
    assert.match(report, /Measured once, at the end, on 5 test images of/);
    assert.ok(report.includes(`<dt>Test mAP</dt><dd>${figures.mAP.toFixed(3)}</dd>`));
  }
  // Problems with it are reported before training.
  await writeFile(join(cwd, "wrong.csv"), "image,labels\nunseen/0.png,purple\n");
  const wrong = await multihot([...options("never", 1), "--test", "wrong.csv"], { cwd });
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /the label purple is not among the 3/);
});

test("a run that is there already is not overwritten", async () => {
  const { code, stderr } = await multihot(options("text", 1), { cwd });
  assert.equal(code, 1);
  assert.match(stderr, /--resume/);
});

test("Ctrl-C finishes the batch, saves and tells how to go on; and so it does", async () => {
  const interrupt = (child: ChildProcess) => {
    let text = "";
    child.stdout?.on("data", (chunk) => {
      text += chunk;
      if (/^epoch +2\//m.test(text)) child.kill("SIGINT");
    });
  };
  const stopped = await multihot(options("stopped", 400), { cwd, started: interrupt });
  assert.equal(stopped.code, 130, stopped.stderr);
  assert.match(stopped.stderr, /Finishing this batch and saving\. Press Ctrl-C again to stop at once\./);
  const [, how] = /Continue with: multihot (.*)/.exec(stopped.stderr) ?? [];
  assert.equal(how, [...options("stopped", 400), "--resume"].join(" "));
  const config = JSON.parse(await readFile(join(cwd, "stopped", "config.json"), "utf8"));
  assert.equal(config.settings.epochs, 400);

  const again = await multihot([...how.split(" "), "--json"], {
    cwd,
    started: (child) => child.stdout?.once("data", () => child.kill("SIGINT")),
  });
  assert.equal(again.code, 130);
  const [first] = again.stdout.split("\n");
  // The epochs that were done are not done again.
  assert(JSON.parse(first).epoch >= 3, first);
});
