// The command line's manners: help, mistakes, exit codes.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { multihot } from "../../test/support/run.js";
import { UserError } from "../base/errors.js";
import { report } from "./report.js";

const commands = ["train", "evaluate", "predict"];

test("help names every command, and every command's help has an example and a line for each option", async () => {
  const { code, stdout, stderr } = await multihot(["--help"]);
  assert.equal(code, 0);
  assert.equal(stderr, "");
  for (const command of commands) assert.match(stdout, new RegExp(`^  ${command} `, "m"));
  const helps = await Promise.all(commands.map((command) => multihot([command, "--help"])));
  for (const [i, help] of helps.entries()) {
    assert.equal(help.code, 0);
    assert.match(help.stdout, new RegExp(`Example:\n  \\$ multihot ${commands[i]} `));
    const options = help.stdout.split("\n").filter((line) => /^ +-/.test(line));
    assert(options.length >= 5);
    // One name, and then a line of help.
    for (const option of options) assert.match(option, /^ {2}--[a-z-]+( <[A-Z]+>)? {2,}\S/);
  }
});

test("the options of train are those of the design", async () => {
  const { stdout } = await multihot(["train", "--help"]);
  const options =
    "backbone weights freeze batchnorm epochs batch size lr optimizer momentum weight-decay schedule loss seed " +
    "engine precision threads resume json out val warmup augment workers format help";
  const found = [...stdout.matchAll(/^ {2}--([a-z-]+)/gm)].map(([, name]) => name);
  assert.deepEqual(found.sort(), options.split(" ").sort());
});

test("the version is the package's", async () => {
  const { version } = JSON.parse(await readFile(new URL("../../../package.json", import.meta.url), "utf8"));
  const { code, stdout } = await multihot(["--version"]);
  assert.equal(code, 0);
  assert.equal(stdout, `${version}\n`);
});

test("mistakes are told on standard error with what is nearest, exit code 1", async () => {
  const cases: [string[], RegExp][] = [
    [
      ["train", "x.csv", "--epoch", "3"],
      /multihot train has no option --epoch\. The nearest is --epochs <N>:/,
    ],
    [["train", "x.csv", "--learning-rate", "3"], /no option --learning-rate\. The nearest is --lr <RATE>:/],
    [["predict", "b", "x.jpg", "-j"], /no option -j\. The nearest is --json/],
    [["--versoin"], /multihot has no option --versoin\. The nearest is --version/],
    [["trian", "x.csv"], /multihot has no command trian\. The nearest is train:/],
    [["predict", "bundle"], /multihot predict: IMAGE is missing\. See multihot predict --help\./],
    [["evaluate"], /multihot evaluate: BUNDLE is missing/],
    [["train", "a.csv", "b.csv"], /multihot train takes DATA, and was given a\.csv b\.csv/],
    [["train", "a.csv", "--out"], /multihot train: --out <RUN> needs a value/],
    [["predict", "b", "x.jpg", "--json", "--csv"], /--json and --csv were both given/],
    [["evaluate", "no-such-bundle", "x.csv"], /no-such-bundle is not a bundle: it has no model\.onnx/],
  ];
  const outcomes = await Promise.all(cases.map(([args]) => multihot(args)));
  for (const [i, { code, stdout, stderr }] of outcomes.entries()) {
    assert.match(stderr, cases[i][1]);
    assert.equal(code, 1, cases[i][0].join(" "));
    assert.equal(stdout, "");
    assert.doesNotMatch(stderr, /\n +at /);
  }
});

test("no command at all is answered with the help, exit code 1", async () => {
  const { code, stderr } = await multihot([]);
  assert.equal(code, 1);
  assert.match(stderr, /Commands:/);
});

test("all wrong options are told at once, by their flags and with what was typed", async () => {
  const { code, stderr } = await multihot([
    "train",
    "x.csv",
    "--epochs",
    "ten",
    "--lr",
    "-1",
    "--optimizer",
    "adam",
    "--weight-decay",
    "x",
  ]);
  assert.equal(code, 1);
  const problems = stderr.split("\n").filter((line) => line.startsWith("  - "));
  assert.equal(problems.length, 5, stderr);
  assert.match(stderr, /--epochs ten: a number is wanted/);
  assert.match(stderr, /--lr -1: /);
  assert.match(stderr, /--optimizer adam: .*sgd.*adamw/);
  assert.match(stderr, /--weight-decay x: a number is wanted/);
  assert.match(stderr, /--out: /);
  const predict = await multihot(["predict", "b", "x.jpg", "--threads", "0", "--engine", "cuda"]);
  assert.equal(predict.code, 1);
  assert.match(predict.stderr, /--engine cuda: auto, ort or onednn is wanted/);
  assert.match(predict.stderr, /--threads 0: a whole number from 1 up is wanted/);
});

test("what the user can mend exits with 1 and without a stack, a fault of ours with 2 and its stack", () => {
  assert.deepEqual(report(new UserError("No such file.")), { message: "No such file.", exitCode: 1 });
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  assert.deepEqual(report(full), {
    message: "The system refused: ENOSPC: no space left on device, write.",
    exitCode: 1,
  });
  const { message, exitCode } = report(new TypeError("x is undefined"));
  assert.equal(exitCode, 2);
  assert.match(message, /^This is a fault of multihot/);
  assert.match(message, /TypeError: x is undefined\n +at /);
});
