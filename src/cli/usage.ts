// What a person may type wrong: the command line's own errors, worded with the nearest thing that exists.
import type { Command, CommanderError } from "commander";
import { editDistance, nearestFirst } from "../base/nearest.js";

/** A mistake in the command line itself, or a wish for help; `exitCode` 0 means that all has been said. */
export class UsageError extends Error {
  override name = "UsageError";
  constructor(
    readonly exitCode: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Adds a command: its usage (`"predict <BUNDLE> <IMAGE...>"`), what it does, and an example with the
 * program's name left out.
 */
export function addCommand(program: Command, usage: string, description: string, example: string): Command {
  const command = program.command(usage).description(description);
  command.helpOption("--help", "show this help");
  command.addHelpText("after", `\nExample:\n  $ multihot ${example}`);
  speakForItself(command);
  return command;
}

/** Makes a command throw a UsageError where commander would print and exit. */
export function speakForItself(command: Command): void {
  command.configureOutput({ outputError: () => {} });
  command.exitOverride((error) => {
    throw new UsageError(error.exitCode, explain(command, error));
  });
}

/** Options that have another name now. */
const renamed: Readonly<Record<string, string>> = { "--lr-decay": "--layer-decay" };

function explain(command: Command, error: CommanderError): string {
  // Help that was asked for, or that commander printed since no command was given.
  if (error.exitCode === 0 || error.code === "commander.help") return "";
  const name = command.parent ? `${command.parent.name()} ${command.name()}` : command.name();
  const help = `See ${name} --help.`;
  const found = /'([^']*)'/.exec(error.message)?.[1] ?? "";
  switch (error.code) {
    case "commander.unknownOption": {
      const options = command.createHelp().visibleOptions(command);
      const owner = command.parent?.commands.find((other) =>
        other.options.some(({ long }) => long === found),
      );
      const now = renamed[found];
      if (now && options.some(({ long }) => long === now)) return `${found} is ${now} now. ${help}`;
      if (owner) return `${name} has no option ${found}, which is one of ${owner.name()}. ${help}`;
      const meant = nearest(
        found.replace(/^-+/, ""),
        options.map(({ long, flags, description }) => ({ name: long?.slice(2) ?? "", flags, description })),
      );
      return `${name} has no option ${found}. The nearest is ${meant.flags}: ${meant.description}. ${help}`;
    }
    case "commander.unknownCommand": {
      const meant = nearest(
        found,
        command.commands.map((c) => ({ name: c.name(), description: c.description() })),
      );
      return `${name} has no command ${found}. The nearest is ${meant.name}: ${meant.description} ${help}`;
    }
    case "commander.missingArgument":
      return `${name}: ${found} is missing. ${help}`;
    case "commander.optionMissingArgument":
      return `${name}: ${found} needs a value. ${help}`;
    case "commander.excessArguments": {
      const wanted = command.registeredArguments.map((argument) => argument.name()).join(" and ");
      return `${name} takes ${wanted}, but got ${command.args.join(" ")}. ${help}`;
    }
    default:
      return `${name}: ${error.message.replace(/^error: /, "")}. ${help}`;
  }
}

/**
 * What `word` most probably stands for: the name most like it, or, where none is like it, one whose
 * description contains it (`learning-rate` for an option explained as "the learning rate").
 */
function nearest<T extends { name: string; description: string }>(word: string, candidates: readonly T[]): T {
  const ranked = nearestFirst(
    word,
    candidates.map(({ name }) => name),
  );
  const phrase = word.replace(/[-_]/g, " ").toLowerCase();
  const like = editDistance(word, ranked[0]) <= word.length / 3;
  const spoken = like ? undefined : candidates.find((c) => c.description.toLowerCase().includes(phrase));
  return spoken ?? candidates.find(({ name }) => name === ranked[0]) ?? candidates[0];
}
