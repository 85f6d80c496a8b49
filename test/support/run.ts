// Runs the command line as a program of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  cwd?: string;
  /** May look at the process while it runs. */
  started?: (child: ChildProcess) => void;
}

/** Runs `multihot ARGS`. */
export function multihot(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return run(main, args, options);
}

/** Runs a script of Node. */
export function run(
  script: string,
  args: readonly string[],
  { cwd, started }: RunOptions = {},
): Promise<Outcome> {
  const child = spawn(process.execPath, [script, ...args], { cwd, env: { ...process.env, NO_COLOR: "1" } });
  started?.(child);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (text) => {
    stdout += text;
  });
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}
