// npm run cli-reference: writes docs/reference/cli.md, the help of every command.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { createProgram } from "../src/cli/program.js";

const page = fileURLToPath(new URL("../../docs/reference/cli.md", import.meta.url));

/** What `--help` prints on a terminal of 80 columns without colours. */
function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
    getOutHelpWidth: () => 80,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text.trim();
}

/** The page's text. */
export function cliReference(): string {
  const program = createProgram();
  const sections = program.commands.map((command) => [
    `## ${command.name()}`,
    `\`\`\`text\n${helpOf(command)}\n\`\`\``,
  ]);
  return `${[
    "# Command line",
    "Every command and option, as `multihot COMMAND --help` prints them. [Training options](training-options.md) explains " +
      "those of `train`. The exit code is 0 on success, 1 if your input is wrong, and 2 if multihot is at fault.",
    `\`\`\`text\n${helpOf(program)}\n\`\`\``,
    ...sections.flat(),
    "_Written by `npm run cli-reference`._",
  ].join("\n\n")}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(page, cliReference());
