// Ctrl-C, as the process hears it.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { interruptible } from "./interrupt.js";

test("the first Ctrl-C asks to stop, and afterwards nobody listens", () => {
  const before = process.listenerCount("SIGINT");
  let asked = 0;
  const { signal, release } = interruptible(() => asked++);
  process.emit("SIGINT");
  assert.equal(signal.aborted, true);
  assert.equal(asked, 1);
  release();
  assert.equal(process.listenerCount("SIGINT"), before);
});

test("the second one ends the program, though a thread of it waits for a file for ever", async (context) => {
  if (process.platform === "win32") return context.skip("Windows has no named pipes among files");
  const folder = await mkdtemp(join(tmpdir(), "multihot-interrupt-"));
  context.after(() => rm(folder, { recursive: true }));
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  const script = `
    import { readFile } from "node:fs/promises";
    import { interruptible } from ${JSON.stringify(new URL("./interrupt.js", import.meta.url).href)};
    interruptible(() => console.log("asked"));
    setTimeout(() => console.log("waiting"), 100);
    await readFile(${JSON.stringify(pipe)});`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script]);
  const heard = () => new Promise((resolve) => child.stdout.once("data", resolve));
  await heard();
  const asked = heard();
  child.kill("SIGINT");
  await asked;
  const ended = new Promise((resolve) => child.once("exit", (code, signal) => resolve(signal ?? code)));
  child.kill("SIGINT");
  assert.equal(await ended, "SIGINT");
});
