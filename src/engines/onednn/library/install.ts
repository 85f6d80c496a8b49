// Install: how a person gets oneDNN's library on their system.
import { readFileSync } from "node:fs";

/** The package managers' words, by the `ID` and `ID_LIKE` of os-release. */
const byDistribution: Readonly<Record<string, string>> = {
  // The library's own package is called otherwise in each release; this one brings it along in all.
  debian: "apt-get install libdnnl-dev",
  ubuntu: "apt-get install libdnnl-dev",
  fedora: "dnf install onednn",
  arch: "pacman -S onednn",
};

const anywhere = "conda install -c conda-forge onednn";

function osRelease(): string {
  try {
    return readFileSync("/etc/os-release", "utf8");
  } catch {
    return "";
  }
}

/**
 * The command that installs oneDNN here.
 * @param release the content of os-release, which tells Linux's distributions apart
 */
export function installCommand(platform: string = process.platform, release: string = osRelease()): string {
  if (platform === "darwin") return "brew install onednn";
  if (platform !== "linux") return anywhere;
  const told = (key: string) => new RegExp(`^${key}="?([^"\\n]*)"?$`, "m").exec(release)?.[1] ?? "";
  const names = `${told("ID")} ${told("ID_LIKE")}`.split(" ");
  const known = names.find((name) => Object.hasOwn(byDistribution, name));
  return known === undefined ? anywhere : byDistribution[known];
}
