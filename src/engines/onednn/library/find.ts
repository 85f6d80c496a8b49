// Find: where the shared library of oneDNN lies on this machine.
import { existsSync, readFileSync } from "node:fs";
import { libraryCandidates, versionOf } from "../../../base/shared-libraries.js";

/** The environment variable that names the library's file, where it isn't found by itself or another is wanted. */
export const LIBRARY_VARIABLE = "MULTIHOT_ONEDNN";

/** libdnnl.so.2 and .3 or libdnnl.3.6.dylib; what has no number belongs to a development package. */
const named = /^libdnnl\.(so\.\d[\d.]*|\d[\d.]*\.dylib)$/;

/** Whether this processor has AVX-512, as Linux tells it. */
function hasAvx512(): boolean {
  const { platform, arch } = process;
  const told = "/proc/cpuinfo";
  if (platform !== "linux" || arch !== "x64" || !existsSync(told)) return false;
  return /\bavx512f\b/.test(readFileSync(told, "utf8"));
}

/**
 * On AVX-512 version 2 has Winograd's filtering for float32, which version 3 has no more: it comes first there.
 * Otherwise the newest is the best.
 * @param files that exist, the newest first
 */
export function bestFirst(files: readonly string[], avx512: boolean): string[] {
  const isSecond = (file: string) => Number(avx512 && versionOf(file)[0] === 2);
  return [...files].sort((a, b) => isSecond(b) - isSecond(a));
}

/** The files that may be oneDNN's library, the best first, each once. */
export function onednnCandidates(): string[] {
  const files = libraryCandidates(named, LIBRARY_VARIABLE);
  return files.length > 1 ? bestFirst(files, hasAvx512()) : files;
}
