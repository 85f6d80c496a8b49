// Remember: what was found out about engines on this machine, kept on the disk, so that it is found out once.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import envPaths from "env-paths";

/** What caps the processor's features that oneDNN uses; the first is its older name. */
const CAPS = ["DNNL_MAX_CPU_ISA", "ONEDNN_MAX_CPU_ISA"] as const;

/** The features that Linux lists; a virtual machine may hide some of those that the model has. */
function features(): string {
  try {
    return /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1] ?? "";
  } catch {
    return "";
  }
}

let processor: string | undefined;

/** The processor and its features, as short as a key can be. */
export function machine(): string {
  const caps = CAPS.map((name) => process.env[name] ?? "");
  processor ??= [cpus()[0]?.model ?? process.arch, digest(features())].join(" ");
  return [processor, cpus().length, ...caps].join(" ");
}

export function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

const pathOf = (file: string) =>
  join(process.env.MULTIHOT_CACHE || envPaths("multihot", { suffix: "" }).cache, file);

function readAll(file: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(pathOf(file), "utf8"));
  } catch {
    // Not there yet, or damaged: it is found out again.
    return {};
  }
}

/** What was found out under that key; a later version of a file has another name. */
export function recall<T>(file: string, key: string): T | undefined {
  return readAll(file)[key] as T | undefined;
}

/** Where the disk takes nothing, the next process finds out again. */
export function remember(file: string, key: string, found: unknown): void {
  try {
    const path = pathOf(file);
    mkdirSync(join(path, ".."), { recursive: true });
    const written = `${path}.${process.pid}`;
    writeFileSync(written, `${JSON.stringify({ ...readAll(file), [key]: found }, null, 2)}\n`);
    renameSync(written, path);
  } catch {}
}
