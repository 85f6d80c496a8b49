// Option values: from the text that was typed to what the library takes, every problem in one report.
import type { Command } from "commander";
import { UserError } from "../base/errors.js";
import { flagOf } from "../base/flag.js";
import { checkPredictorOptions, type PredictorOptions } from "../bundle/options.js";
import type { Unknown } from "../data/dataset/unknown-targets.js";
import { entries } from "../engines/registry.js";

const engineList = entries.map(({ name }) => name).join(", ");

/** Options as commander gives them: by camelCase name, texts, or true for a flag. */
export type Typed = Readonly<Record<string, string | boolean | undefined>>;

/** Turns the texts of numeric options into numbers; what is no number is told in `problems` and left out. */
function withNumbers(typed: Typed, numeric: readonly string[], problems: string[]) {
  const values: Record<string, string | number | boolean | undefined> = { ...typed };
  for (const name of numeric) {
    const text = typed[name];
    if (text === undefined) continue;
    const value = typeof text === "string" && text.trim() !== "" ? Number(text) : Number.NaN;
    if (Number.isNaN(value)) {
      problems.push(`${name}: must be a number`);
      delete values[name];
    } else values[name] = value;
  }
  return values;
}

/**
 * The options of a command as the library takes them.
 * @param numeric the names of those that are numbers
 * @param check the library's own check: it throws a UserError with its problems, `name: what is wrong`
 * @throws UserError with every problem at once, each under its flag and beside the value that was typed
 */
export function checked<T>(
  command: string,
  typed: Typed,
  numeric: readonly string[],
  check: (values: Record<string, string | number | boolean | undefined>) => T,
): T {
  const problems: string[] = [];
  const values = withNumbers(typed, numeric, problems);
  let options: T | undefined;
  try {
    options = check(values);
  } catch (error) {
    if (!(error instanceof UserError) || error.problems.length === 0) throw error;
    problems.push(...error.problems);
  }
  if (options !== undefined && problems.length === 0) return options;
  const told = problems.map((problem) => {
    // What follows a point is a place inside the value.
    const [, name, place, rest] = /^(\w+)(?:\.([^:]+))?(: .*)$/s.exec(problem) ?? [];
    if (!name) return problem;
    const value = typed[name];
    return `${flagOf(name)}${typeof value === "string" ? ` ${value}` : ""}${place ? `, ${place}` : ""}${rest}`;
  });
  throw new UserError(`multihot ${command} can't use these options:`, told.sort());
}

/** Adds the options of the engine, which several commands share. */
export function addEngineOptions(command: Command): Command {
  return command
    .option("--engine <NAME>", `auto (default), ${engineList}`)
    .option("--precision <NAME>", "auto (default): bf16 where faster; or fp32, bf16")
    .option("--threads <N>", "compute threads (default: one per core)");
}

/** Adds the option of how often an image is seen. */
export function addViewsOption(command: Command): Command {
  return command.option("--views <WHICH>", "average over views: flip (mirrored too), or 5 (shifted)");
}

/** `--unknown`; default: ignore. */
export function unknownOption(typed: Typed[string]): Unknown {
  if (typed === undefined || typed === "ignore" || typed === "negative") return typed ?? "ignore";
  throw new UserError(`--unknown must be ignore or negative, not ${typed}.`);
}

/** The options of commands that run a bundle. */
export function predictorOptions(command: string, typed: Typed): PredictorOptions {
  return checked(command, typed, ["threads"], (values) => checkPredictorOptions(values as PredictorOptions));
}
