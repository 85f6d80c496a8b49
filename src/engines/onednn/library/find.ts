// Find: where the shared library of oneDNN lies on this machine.
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { basename, delimiter, join } from "node:path";

/** The environment variable that names the library's file, where it isn't found by itself or another is wanted. */
export const LIBRARY_VARIABLE = "MULTIHOT_ONEDNN";

/** Debian's and Ubuntu's name of the processor in the folders of libraries. */
const debianNames: Partial<Record<string, string>> = { x64: "x86_64-linux-gnu", arm64: "aarch64-linux-gnu" };

function folders(): string[] {
  const { env, platform, arch } = process;
  const listed = (variable: string) => (env[variable] ?? "").split(delimiter).filter((path) => path !== "");
  const conda = env.CONDA_PREFIX ? [join(env.CONDA_PREFIX, "lib")] : [];
  if (platform === "darwin") {
    return [...listed("DYLD_LIBRARY_PATH"), ...conda, "/opt/homebrew/lib", "/usr/local/lib"];
  }
  const debian = debianNames[arch];
  return [
    ...listed("LD_LIBRARY_PATH"),
    ...conda,
    "/usr/local/lib",
    ...(debian ? [join("/usr/lib", debian)] : []),
    "/usr/lib64",
    "/usr/lib",
    "/home/linuxbrew/.linuxbrew/lib",
  ];
}

/** libdnnl.so.2 and .3 or libdnnl.3.6.dylib; what has no number belongs to a development package. */
const named = /^libdnnl\.(so\.\d[\d.]*|\d[\d.]*\.dylib)$/;

/** The numbers in a file's name, the most telling of what a link's target and the link are called. */
function versionOf(path: string): number[] {
  const numbers = (name: string) => (name.match(/\d+/g) ?? []).map(Number);
  const [real, link] = [numbers(basename(realpathSync(path))), numbers(basename(path))];
  return real.length >= link.length ? real : link;
}

function newestFirst(a: string, b: string): number {
  const [x, y] = [versionOf(a), versionOf(b)];
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const difference = (y[i] ?? 0) - (x[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The files that may be oneDNN's library, the best first, each once. */
export function libraryCandidates(): string[] {
  const told = process.env[LIBRARY_VARIABLE];
  if (told) return [told];
  const found = folders()
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => named.test(name))
        .map((name) => join(folder, name)),
    )
    .filter((path) => existsSync(path));
  const once = new Map<string, string>();
  for (const path of found) {
    const real = realpathSync(path);
    if (!once.has(real)) once.set(real, path);
  }
  return [...once.values()].sort(newestFirst);
}
