// Child: a trial in a process of its own, since a wrong library crashes the one that calls it.
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

const PATIENCE = 2;

function sentence(child: ChildProcess, said: string, signal: NodeJS.Signals | null): string {
  if (signal !== null && child.killed) return "it did not finish in time";
  if (signal !== null) return `it crashed (${signal})`;
  const error = said.match(/^(?:Uncaught )?(?:\w*Error): (.*)$/m)?.[1] ?? "it gave no answer";
  return error.replace(/\.$/, "");
}

/**
 * Runs a module that sends what it finds out, each message instead of the one before.
 * @param patience minutes after which it is ended
 * @returns its last message; or in words why there is none
 */
export function inChild<T extends object>(
  module: URL,
  args: readonly string[] = [],
  patience = PATIENCE,
): Promise<T | string> {
  const child = fork(fileURLToPath(module), args, {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    timeout: 60_000 * patience,
    // A program given by --eval would run again instead of the trial.
    execArgv: [],
  });
  let outcome: T | undefined;
  let said = "";
  child.stderr?.on("data", (text) => {
    said += text;
  });
  child.on("message", (message) => {
    outcome = message as T;
  });
  return new Promise((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (_, signal) => resolve(outcome ?? sentence(child, said, signal)));
  });
}
