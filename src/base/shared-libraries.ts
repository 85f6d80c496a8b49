// Shared libraries: where a system keeps them, and which of them may be the one that is wanted.
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { basename, delimiter, join } from "node:path";

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

/** The numbers in a file's name, the most telling of what a link's target and the link are called. */
export function versionOf(path: string): number[] {
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

/**
 * The files that may be a library, the best first, each once.
 * @param named what their names are like
 * @param variable the environment variable that names the file instead
 */
export function libraryCandidates(named: RegExp, variable: string): string[] {
  const told = process.env[variable];
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
