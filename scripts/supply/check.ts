// Supply chain: what is wrong with the packages that come with ours, by what is installed and what the lock file says.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface LockedPackage {
  readonly version: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly peer?: boolean;
  readonly hasInstallScript?: boolean;
}

/** Licences under which a package may come along with one under the MIT licence. LGPL: libvips, a library of its own. */
const licences = new Set([
  "MIT",
  "ISC",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "0BSD",
  "Unlicense",
  "CC0-1.0",
  "LGPL-3.0-or-later",
]);

/** Packages with an install script, and why ours does without it. */
export const installScripts: Readonly<Record<string, string>> = {
  "onnxruntime-node": "fetches CUDA's libraries, which no engine of ours uses",
  protobufjs: "compares version numbers",
  koffi: "compiles where there is no binary; it is optional",
  esbuild: "checks its binary; only for building",
};

/** Every licence that an SPDX expression names has to be allowed, or one of those between which it lets choose. */
export function allows(expression: string | undefined): boolean {
  if (expression === undefined) return false;
  return expression
    .replace(/[()]/g, "")
    .split(" OR ")
    .some((choice) => choice.split(" AND ").every((licence) => licences.has(licence.trim())));
}

/** What comes with the package when it is installed: what is not for development only, by its place. */
export function comesAlong(lock: { packages: Record<string, LockedPackage> }): [string, LockedPackage][] {
  return Object.entries(lock.packages).filter(([place, { dev }]) => place !== "" && dev !== true);
}

/**
 * What is wrong, a sentence each; nothing where all is well.
 * @param folder the project, with package.json, package-lock.json, README.md and node_modules
 */
export function problemsOf(folder: string): string[] {
  const json = (file: string) => JSON.parse(readFileSync(join(folder, file), "utf8"));
  const lock: { packages: Record<string, LockedPackage> } = json("package-lock.json");
  const { dependencies = {}, optionalDependencies = {}, peerDependencies = {} } = json("package.json");
  const problems: string[] = [];
  for (const [place, locked] of Object.entries(lock.packages)) {
    if (place === "") continue;
    const name = place.slice(place.lastIndexOf("node_modules/") + "node_modules/".length);
    if (locked.hasInstallScript && installScripts[name] === undefined) {
      problems.push(
        `${name} has an install script: say in scripts/supply/check.ts why it is not needed, or do without it.`,
      );
    }
    if (!/^sha512-/.test(locked.integrity ?? "")) problems.push(`${place} has no SHA-512 in the lock file.`);
    if (locked.dev) continue;
    if (!allows(locked.license))
      problems.push(`${place}: its licence, ${locked.license}, is not among those allowed.`);
    const manifest = join(folder, place, "package.json");
    // Binaries for other machines are not installed here.
    if (!existsSync(manifest)) {
      if (!locked.optional && !locked.peer) problems.push(`${place} is not installed.`);
      continue;
    }
    const installed = JSON.parse(readFileSync(manifest, "utf8"));
    if (installed.version !== locked.version) {
      problems.push(`${place} is installed as ${installed.version}, and locked as ${locked.version}.`);
    }
    const licence = typeof installed.license === "string" ? installed.license : installed.license?.type;
    if (licence !== undefined && !allows(licence))
      problems.push(`${place}: as installed, its licence is ${licence}.`);
  }
  const reasons = readFileSync(join(folder, "README.md"), "utf8");
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
    const row = new RegExp(`^\\|[^|]*(^|[\\s,|])${name.replace("/", "\\/")}([\\s,|(])[^|]*\\| .+\\|$`, "m");
    if (!row.test(reasons))
      problems.push(`${name} has no line in README's table of dependencies: say what it is for.`);
  }
  return problems;
}
