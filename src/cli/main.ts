#!/usr/bin/env node
// The command line: `multihot COMMAND`. Each command has a file of its own; errors end here.
import { Command } from "commander";
import { addEvaluate } from "./evaluate.js";
import { addPredict } from "./predict.js";
import { report } from "./report.js";
import { addSample } from "./sample.js";
import { addTrain } from "./train.js";
import { speakForItself } from "./usage.js";
import { version } from "./version.js";

/** Says what is left to say and exits, once all that was written has gone out. */
function exit(code: number, message = ""): void {
  process.stderr.write(message && `${message}\n`, () => process.stdout.write("", () => process.exit(code)));
}

function fail(error: unknown): void {
  const { message, exitCode } = report(error);
  exit(exitCode, message);
}

// A reader that has seen enough (`multihot predict … | head`) is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit();
    throw error;
  });
}
process.on("uncaughtException", fail);

const program = new Command("multihot")
  .description("Fine-tune image taggers: multi-label classifiers from pictures and a table of tags.")
  .usage("COMMAND")
  .version(version, "--version", "show the version")
  .helpOption("--help", "show this help")
  .helpCommand(false)
  .addHelpText("after", "\nExample:\n  $ multihot train photos/labels.csv --out run");
speakForItself(program);
for (const add of [addTrain, addEvaluate, addPredict, addSample]) add(program);

program.parseAsync().then(() => exit(Number(process.exitCode ?? 0)), fail);
