// multihot doctor: what this machine computes with, and how to get the faster engine.
import { availableParallelism, cpus, totalmem } from "node:os";
import type { Command } from "commander";
import pc from "picocolors";
import { installCommand } from "../base/install-command.js";
import { openTurboJpeg, turboJpegPackages } from "../data/decode/jpeg/turbo.js";
import { LIBRARY_VARIABLE } from "../engines/onednn/library/find.js";
import { type EngineState, surveyEngines } from "../engines/survey.js";
import { Progress } from "./progress.js";
import { addCommand } from "./usage.js";
import type { Typed } from "./values.js";
import { version } from "./version.js";

export function addDoctor(program: Command): void {
  addCommand(
    program,
    "doctor",
    "Show which engines work on this machine, and how to install the missing ones.",
    "doctor",
  )
    .option("--json", "print JSON: one object")
    .action(runDoctor);
}

async function runDoctor({ json }: Typed): Promise<void> {
  const progress = new Progress({ json: json === true });
  progress.begin("Trying the engines");
  const engines = await surveyEngines().finally(() => progress.end());
  const turbo = await openTurboJpeg();
  const jpeg: Jpeg = turbo ? { library: turbo.path } : { install: installCommand(turboJpegPackages) };
  const machine = {
    multihot: version,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    processor: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memoryBytes: totalmem(),
  };
  progress.result(
    json
      ? `${JSON.stringify({ ...machine, engines, turbojpeg: jpeg }, null, 2)}\n`
      : told(machine, engines, jpeg),
  );
}

/** Of several files of oneDNN. */
const whyNot = "version 2 is the fastest in float32 on AVX-512, elsewhere the newest";

/** The library that decodes small JPEGs fast, or the command that installs it. */
type Jpeg = { readonly library: string } | { readonly install: string };

function told(
  machine: {
    multihot: string;
    node: string;
    platform: string;
    processor: string;
    cores: number;
    memoryBytes: number;
  },
  engines: readonly EngineState[],
  jpeg: Jpeg,
): string {
  const { multihot, node, platform, processor, cores, memoryBytes } = machine;
  const lines = [
    `multihot ${multihot}, Node ${node}, ${platform}`,
    `${processor}, ${cores} cores, ${(memoryBytes / 2 ** 30).toFixed(1)} GiB`,
    "",
  ];
  const working = engines.filter(({ works, software }) => works && !software);
  for (const { name, works, description, install, library, others, bf16Gain, software } of engines) {
    const mark = works ? pc.green("works  ") : pc.yellow("missing");
    const only = works && !software && working.length === 1 ? "; --engine auto takes it" : "";
    lines.push(`${mark}  ${pc.bold(name.padEnd(6))}  ${description}${only}`);
    if (install !== undefined) lines.push(`${" ".repeat(17)}to get it: ${install}`);
    if (library !== undefined) lines.push(`${" ".repeat(17)}${library}`);
    for (const other of others ?? []) {
      lines.push(`${" ".repeat(17)}not ${other}: ${whyNot}; to use it, set ${LIBRARY_VARIABLE}`);
    }
    if (software) {
      lines.push(
        `${" ".repeat(17)}a processor stands in for a graphics device: slow, and --engine auto does not take it`,
      );
    }
    if (bf16Gain !== undefined) {
      lines.push(`${" ".repeat(17)}bf16 is ${bf16Gain.toFixed(1)} times as fast as float32: see --precision`);
    }
  }
  if (working.length > 1) {
    lines.push(`${" ".repeat(17)}--engine auto measures which of them runs a network faster, and takes that`);
  }
  const what = `${pc.bold("jpeg  ")}  libjpeg-turbo, which decodes small JPEGs several times as fast`;
  if ("library" in jpeg) lines.push(`${pc.green("works  ")}  ${what}`, `${" ".repeat(17)}${jpeg.library}`);
  else lines.push(`${pc.yellow("missing")}  ${what}`, `${" ".repeat(17)}to get it: ${jpeg.install}`);
  return `${lines.join("\n")}\n`;
}
