#!/usr/bin/env node
import { failure } from "./failure.js";
// The command line, `multihot COMMAND`: runs the program, and is where its errors end.
import { createProgram } from "./program.js";

/** Says what is left to say and exits, once all that was written has gone out. */
function exit(code: number, message = ""): void {
  process.stderr.write(message && `${message}\n`, () => process.stdout.write("", () => process.exit(code)));
}

function fail(error: unknown): void {
  const { message, exitCode } = failure(error);
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

createProgram()
  .parseAsync()
  .then(() => exit(Number(process.exitCode ?? 0)), fail);
