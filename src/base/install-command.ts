// InstallCommand: how a person gets a library of the system.
import { readFileSync } from "node:fs";

/** What a library's package is called. */
export interface Packages {
  readonly debian: string;
  readonly fedora: string;
  readonly arch: string;
  readonly homebrew: string;
  readonly conda: string;
}

/** The package managers' words, by the `ID` and `ID_LIKE` of os-release. */
const byDistribution: Readonly<Record<string, (packages: Packages) => string>> = {
  debian: ({ debian }) => `apt-get install ${debian}`,
  ubuntu: ({ debian }) => `apt-get install ${debian}`,
  fedora: ({ fedora }) => `dnf install ${fedora}`,
  arch: ({ arch }) => `pacman -S ${arch}`,
};

function osRelease(): string {
  try {
    return readFileSync("/etc/os-release", "utf8");
  } catch {
    return "";
  }
}

/**
 * The command that installs a package here.
 * @param release the content of os-release, which tells Linux's distributions apart
 */
export function installCommand(
  packages: Packages,
  platform: string = process.platform,
  release: string = osRelease(),
): string {
  const anywhere = `conda install -c conda-forge ${packages.conda}`;
  if (platform === "darwin") return `brew install ${packages.homebrew}`;
  if (platform !== "linux") return anywhere;
  const told = (key: string) => new RegExp(`^${key}="?([^"\\n]*)"?$`, "m").exec(release)?.[1] ?? "";
  const names = `${told("ID")} ${told("ID_LIKE")}`.split(" ");
  const known = names.find((name) => Object.hasOwn(byDistribution, name));
  return known === undefined ? anywhere : byDistribution[known](packages);
}
