// Kills: training runs that are killed at random moments, go on, and must end in the bits of the run that nobody killed.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { random } from "../../src/base/random.js";
import { smallRun } from "../support/small-run.js";
import type { Row } from "./table.js";

const main = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));

/** The options of a run that takes a second or two of processor time. */
export const smallOptions = (folder: string, out: string) => [
  ...["train", join(folder, "labels.csv"), "--out", out, "--backbone", join(folder, "backbone.onnx")],
  ...["--size", "32", "--batch", "8", "--epochs", "3", "--lr", "0.01", "--engine", "ort"],
  ...["--threads", "1", "--workers", "1", "--near-copies", "ignore", "--seed", "7"],
];

export interface Ended {
  readonly code: number | null;
  readonly killed: boolean;
  readonly output: string;
}

/** Runs the command line, and kills it with SIGKILL after so many milliseconds. */
export function command(args: readonly string[], killAfter = Infinity): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], { env: { ...process.env, NO_COLOR: "1" } });
    let output = "";
    child.stdout.on("data", (text) => {
      output += text;
    });
    child.stderr.on("data", (text) => {
      output += text;
    });
    const timer = killAfter < Infinity ? setTimeout(() => child.kill("SIGKILL"), killAfter) : undefined;
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, killed: signal === "SIGKILL", output });
    });
  });
}

/** Kills runs for about so many milliseconds. */
export async function kills(seed: number, milliseconds: number): Promise<Row> {
  const folder = await mkdtemp(join(tmpdir(), "multihot-kills-"));
  const notes: string[] = [];
  let [tried, survived] = [0, 0];
  try {
    await smallRun(folder, 24);
    const modelOf = (run: string) => readFile(join(folder, run, "bundle", "model.onnx"));
    const start = performance.now();
    const whole = await command(smallOptions(folder, join(folder, "whole")));
    if (whole.code !== 0)
      return { what: "kill −9 and --resume", tried: 1, survived: 0, notes: [whole.output] };
    const took = performance.now() - start;
    const wanted = await modelOf("whole");
    const stream = random(seed, "kills");
    while (performance.now() - start < milliseconds) {
      const out = join(folder, "run");
      await rm(out, { recursive: true, force: true });
      let moments = 0;
      for (let round = 0; ; round++) {
        // A run that is killed before it has begun leaves nothing to go on with.
        const args = [
          ...smallOptions(folder, out),
          ...(existsSync(join(out, "config.json")) ? ["--resume"] : []),
        ];
        const ended = await command(args, round < 4 ? stream.uniform() * 1.1 * took : Infinity);
        if (ended.killed) {
          moments++;
          continue;
        }
        tried += moments;
        const same = ended.code === 0 && (await modelOf("run")).equals(wanted);
        if (same) survived += moments;
        else notes.push(`exit code ${ended.code}: ${ended.output.slice(-600)}`);
        break;
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { what: "kill −9 and --resume", tried, survived, notes: notes.slice(0, 5) };
}
