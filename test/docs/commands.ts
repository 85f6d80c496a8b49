// The commands in the documentation's shell snippets.
import { parse } from "shell-quote";
import { createProgram } from "../../src/cli/program.js";
import type { Code } from "./pages.js";

export interface Command {
  readonly page: string;
  readonly line: number;
  /** Its words, without variables that are set for it and without `npx`. */
  readonly words: readonly string[];
}

/** The commands of a snippet: of `console` those behind `$ `, else every line. */
export function commandsOf({ page, line, text, language }: Code): Command[] {
  const commands: Command[] = [];
  let words: string[] = [];
  let start = line;
  let continued = false;
  const finish = () => {
    while (/^\w+=/.test(words[0] ?? "")) words.shift();
    if (words[0] === "npx") words.shift();
    if (words.length > 0) commands.push({ page, line: start, words });
    words = [];
  };
  for (const [i, written] of text.split("\n").entries()) {
    const prompt = written.startsWith("$ ");
    if (language === "console" && !prompt && !continued) continue;
    if (!continued) start = line + i;
    continued = written.endsWith("\\");
    for (const entry of parse(written.slice(prompt ? 2 : 0).replace(/\\$/, ""), (name) => `$${name}`)) {
      if (typeof entry === "string") words.push(entry);
      else if ("comment" in entry) continue;
      else if ("pattern" in entry) words.push(entry.pattern);
      else if (/[<>]/.test(entry.op)) words.push(entry.op);
      else finish();
    }
    if (!continued) finish();
  }
  finish();
  return commands;
}

/** Languages whose snippets are typed into a shell. */
export const shells: readonly (string | undefined)[] = ["sh", "console", "bash", "shell"];

/** What our command line would say of these words, without running them; nothing if it would run them. */
export async function refusal(words: readonly string[]): Promise<string | undefined> {
  const program = createProgram();
  for (const command of program.commands) command.action(() => {});
  try {
    await program.parseAsync(words, { from: "user" });
  } catch (error) {
    if (error instanceof Error) return error.message || undefined;
    throw error;
  }
}
