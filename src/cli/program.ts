// The program: all commands, each in a file of its own.
import { Command } from "commander";
import { addBackbones } from "./backbones.js";
import { addBench } from "./bench.js";
import { addCheck } from "./check.js";
import { addConvert } from "./convert.js";
import { addDoctor } from "./doctor.js";
import { addEvaluate } from "./evaluate.js";
import { addExport } from "./export.js";
import { addFindLr } from "./find-lr.js";
import { addPredict } from "./predict.js";
import { addReport } from "./report.js";
import { addSample } from "./sample.js";
import { addServe } from "./serve.js";
import { addTrain } from "./train.js";
import { speakForItself } from "./usage.js";
import { version } from "./version.js";

export function createProgram(): Command {
  const program = new Command("multihot")
    .description("Fine-tune image taggers: multi-label classifiers from images and a table of tags.")
    .usage("COMMAND")
    .version(version, "--version", "show the version")
    .helpOption("--help", "show this help")
    .helpCommand(false)
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .addHelpText("after", "\nExample:\n  $ multihot train photos/labels.csv --out run");
  speakForItself(program);
  for (const add of [
    addCheck,
    addTrain,
    addFindLr,
    addEvaluate,
    addReport,
    addPredict,
    addServe,
    addConvert,
    addExport,
    addSample,
    addBackbones,
    addDoctor,
    addBench,
  ])
    add(program);
  return program;
}
