// Remember: what trials have found, kept on the disk, so that a library is tried once a machine.
import { mkdirSync, readFileSync, realpathSync, renameSync, statSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import envPaths from "env-paths";
import type { Outcome } from "./trial.js";

/** To be changed when the trial, or what the engine does with the library, changes. */
const TRIAL = 4;

const file = () =>
  join(process.env.MULTIHOT_CACHE || envPaths("multihot", { suffix: "" }).cache, "onednn.json");

/** What caps the processor's features that oneDNN uses; the first is its older name. */
export const CAPS = ["DNNL_MAX_CPU_ISA", "ONEDNN_MAX_CPU_ISA"] as const;

/** The library's file as it is now, on this processor with these features. */
export function identityOf(library: string): string {
  const path = realpathSync(library);
  const { size, mtimeMs } = statSync(path);
  const caps = CAPS.flatMap((name) => process.env[name] ?? []);
  return [TRIAL, path, size, Math.round(mtimeMs), cpus()[0]?.model ?? process.arch, ...caps].join(" ");
}

function readAll(): Record<string, Outcome> {
  try {
    return JSON.parse(readFileSync(file(), "utf8"));
  } catch {
    // Not there yet, or damaged: the trial is made again.
    return {};
  }
}

export function recall(identity: string): Outcome | undefined {
  return readAll()[identity];
}

/** Where the disk takes nothing, the next process tries again. */
export function remember(identity: string, outcome: Outcome): void {
  try {
    const path = file();
    mkdirSync(join(path, ".."), { recursive: true });
    const written = `${path}.${process.pid}`;
    writeFileSync(written, `${JSON.stringify({ ...readAll(), [identity]: outcome }, null, 2)}\n`);
    renameSync(written, path);
  } catch {}
}
