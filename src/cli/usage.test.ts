// The command line's manners: help, mistakes, exit codes.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import type { Command } from "commander";
import { multihot } from "../../test/support/run.js";
import { UserError } from "../base/errors.js";
import { Recipe } from "../training/recipe/settle.js";
import { failure } from "./failure.js";
import { createProgram } from "./program.js";

/** The help of a command as it is printed. */
function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return text;
}

test("help names every command, and every command's help has an example and a line for each option", () => {
  const program = createProgram();
  const help = helpOf(program);
  const names = program.commands.map((command) => command.name());
  for (const name of ["train", "evaluate", "predict", "sample"]) assert(names.includes(name));
  for (const command of program.commands) {
    const name = command.name();
    assert.match(help, new RegExp(`^  ${name} {2,}\\w`, "m"));
    const [options, example] = helpOf(command).split(/^Example:$/m);
    assert.match(example, new RegExp(`\\n  \\$ multihot ${name}[ \\n]`));
    // One name, and then one line of help.
    const lines = options
      .split(/^[A-Z]\w+:$/m)
      .slice(1)
      .flatMap((group) => group.split("\n"))
      .filter((line) => line.trim() !== "");
    assert(lines.length >= 2);
    for (const line of lines) assert.match(line, /^ {2}--[a-z-]+( <[A-Z]+>)? {2,}\S/);
  }
});

test("help has the options of train in groups, and tells defaults that are always the same", () => {
  const program = createProgram();
  const help = (name: string) => helpOf(program.commands.find((c) => c.name() === name) as Command);
  const groups = (name: string) => [...help(name).matchAll(/^([A-Z]\w+):$/gm)].map(([, group]) => group);
  const train = [
    "Run",
    "Data",
    "Network",
    "Steps",
    "Images",
    "Loss",
    "Decisions",
    "Machine",
    "Options",
    "Example",
  ];
  assert.deepEqual(groups("train"), train);
  const trials = train.filter((group) => group !== "Decisions");
  assert.deepEqual(groups("find-lr"), ["Trials", ...trials.slice(1)]);

  // `adamw (default)`, `(default: 0.1)`, or of a loss alone `(4)`.
  const told = /^ {2}--([a-z-]+) .*?(?:([\w-]+) \(default\)|\((?:default: )?([\d.]+)\))/gm;
  const defaults = [...help("train").matchAll(told)].map(([, flag, word, number]) => ({
    name: flag.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()),
    value: word ?? number,
  }));
  assert.equal(defaults.length, 21);
  const places = {
    unknown: "ignore",
    nearCopies: "together",
    data: "/d",
    out: "/run",
    backbone: "b",
  } as const;
  const facts = {
    imageCount: 4000,
    cores: 2,
    nativeSize: 224,
    architecture: "convolutional",
    normalizes: true,
    hasModule: () => true,
    isWholeBackbone: () => false,
  } as const;
  const checked = new Set<string>();
  for (const pretrained of [true, false]) {
    for (const loss of [undefined, "focal", "asymmetric"] as const) {
      const options = { data: "d", out: "run", head: "csra", loss } as const;
      const recipe = new Recipe(options, { ...facts, pretrained }, places);
      const settings: Record<string, unknown> = { ...recipe.settle(undefined).settings };
      for (const { name, value } of defaults) {
        if (settings[name] === undefined || (name === "loss" && loss !== undefined)) continue;
        assert.equal(String(settings[name]), value, name);
        checked.add(name);
      }
    }
  }
  assert.equal(checked.size, defaults.length);
});

test("the options of train are those of the design", () => {
  const options =
    "backbone weights freeze batchnorm epochs batch size lr optimizer momentum weight-decay schedule loss seed " +
    "engine precision threads resume json out val warmup augment workers format help " +
    "head-lr head-init layer-decay unfreeze accumulate clip ema patience progressive rand-augment sampling mixup cutmix " +
    "gamma alpha gamma-positive gamma-negative margin label-smoothing positive-weights label-weights " +
    "threshold-for calibrate " +
    "file features mean std interpolation crop-share fit " +
    "group-by near-copies unknown head csra-lambda csra-heads views cache-limit " +
    "save-every images test";
  const train = createProgram().commands.find((command) => command.name() === "train");
  const found = [...helpOf(train as Command).matchAll(/^ {2}--([a-z-]+)/gm)].map(([, name]) => name);
  assert.deepEqual(found.sort(), options.split(" ").sort());
});

test("the program exits with 0 when it has helped", async () => {
  const { version } = JSON.parse(await readFile(new URL("../../../package.json", import.meta.url), "utf8"));
  const [told, help] = await Promise.all([multihot(["--version"]), multihot(["evaluate", "--help"])]);
  assert.deepEqual(told, { code: 0, stdout: `${version}\n`, stderr: "" });
  assert.equal(help.code, 0);
  assert.equal(help.stderr, "");
  assert.match(help.stdout, /^Usage: multihot evaluate /);
});

test("mistakes are told with what is nearest", async () => {
  const cases: [string, RegExp][] = [
    ["train x.csv --epoch 3", /multihot train has no option --epoch\. The nearest is --epochs <N>:/],
    ["train x.csv --learning-rate 3", /no option --learning-rate\. The nearest is --lr <RATE>:/],
    ["predict b x.jpg -j", /no option -j\. The nearest is --json/],
    ["find-lr x.csv --epochs 3", /multihot find-lr has no option --epochs, which is one of train\. See /],
    ["--versoin", /multihot has no option --versoin\. The nearest is --version/],
    ["trian x.csv", /multihot has no command trian\. The nearest is train:/],
    ["predict bundle", /multihot predict: IMAGE is missing\. See multihot predict --help\./],
    ["evaluate", /multihot evaluate: BUNDLE is missing/],
    ["train a.csv b.csv", /multihot train takes DATA, but got a\.csv b\.csv/],
    ["train a.csv --out", /multihot train: --out <RUN> needs a value/],
    ["predict b x.jpg --json --csv", /Choose either --json or --csv, not both/],
    ["evaluate no-such-bundle x.csv", /no-such-bundle is not a bundle: it has no model\.onnx/],
  ];
  for (const [line, wanted] of cases) {
    const error = await createProgram()
      .parseAsync(line.split(" "), { from: "user" })
      .then(
        () => assert.fail(line),
        (error: unknown) => error,
      );
    const { message, exitCode } = failure(error);
    assert.match(message, wanted);
    assert.equal(exitCode, 1, line);
  }
});

test("the program tells mistakes on standard error and exits with 1", async () => {
  const { code, stdout, stderr } = await multihot(["train", "x.csv", "--epoch", "3"]);
  assert.equal(code, 1);
  assert.equal(stdout, "");
  assert.match(stderr, /^multihot train has no option --epoch.*\n$/);
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
  assert.match(stderr, /--epochs ten: must be a number/);
  assert.match(stderr, /--lr -1: /);
  assert.match(stderr, /--optimizer adam: .*sgd.*adamw/);
  assert.match(stderr, /--weight-decay x: must be a number/);
  assert.match(stderr, /--out: /);
  const predict = createProgram().parseAsync("predict b x.jpg --threads 0 --engine cuda".split(" "), {
    from: "user",
  });
  await assert.rejects(predict, {
    name: "UserError",
    problems: [
      "--engine cuda: must be auto, onednn, ort or webgpu",
      "--threads 0: must be a whole number from 1 up",
    ],
  });
});

test("what the user can mend exits with 1 and without a stack, a fault of ours with 2 and its stack", () => {
  assert.deepEqual(failure(new UserError("No such file.")), { message: "No such file.", exitCode: 1 });
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  assert.deepEqual(failure(full), {
    message: "The system refused: ENOSPC: no space left on device, write.",
    exitCode: 1,
  });
  const { message, exitCode } = failure(new TypeError("x is undefined"));
  assert.equal(exitCode, 2);
  assert.match(message, /^This is a fault of multihot/);
  assert.match(message, /TypeError: x is undefined\n +at /);
});
