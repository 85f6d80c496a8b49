// freeMemory: how much memory this process may still take, also where a container limits it.
import { readFileSync } from "node:fs";
import { freemem } from "node:os";
import { dirname, join } from "node:path";

/** Where the system tells of its control groups; another folder stands in for it in tests. */
export interface ControlGroups {
  /** What `/proc/self/cgroup` holds. */
  readonly membership: string;
  /** Where the groups are mounted. */
  readonly root: string;
}

/**
 * Bytes that are free: of the machine, or of the smallest control group (Docker, Kubernetes, systemd) around the
 * process. File contents that the group caches count as free, since the kernel drops them when memory is wanted; Node's
 * `process.availableMemory()` takes them for used, and would find nothing free after a pass over the images.
 */
export function freeMemory(groups: ControlGroups | undefined = ownGroups()): number {
  return Math.max(0, Math.min(freemem(), groups ? leftInGroups(groups) : leftByNode()));
}

function leftByNode(): number {
  const left = process.availableMemory?.() ?? process.constrainedMemory();
  return left > 0 ? left : Infinity;
}

function ownGroups(): ControlGroups | undefined {
  const membership = read("/proc/self/cgroup");
  return membership === undefined ? undefined : { membership, root: "/sys/fs/cgroup" };
}

/** The least that is left in any group around the process; Infinity where none has a limit. */
export function leftInGroups({ membership, root }: ControlGroups): number {
  let least = Infinity;
  for (const line of membership.trim().split("\n")) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === undefined) continue;
    const version = controllers === "" ? 2 : controllers.split(",").includes("memory") ? 1 : undefined;
    if (version === undefined) continue;
    const base = version === 2 ? root : join(root, "memory");
    // Inside a container the mounted root is the container's own group, whatever the path says.
    for (let at = path; ; at = dirname(at)) {
      least = Math.min(least, leftInGroup(join(base, at), version));
      if (at === "/" || at === "." || at === "") break;
    }
  }
  return least;
}

/** Limit less use; Infinity where there is no limit. */
function leftInGroup(folder: string, version: 1 | 2): number {
  const names =
    version === 2
      ? { limits: ["memory.max", "memory.high"], used: "memory.current", cached: "inactive_file" }
      : { limits: ["memory.limit_in_bytes"], used: "memory.usage_in_bytes", cached: "total_inactive_file" };
  const limits = names.limits.map((name) => Number(read(join(folder, name)) ?? "max"));
  const limit = Math.min(...limits.map((value) => (Number.isNaN(value) ? Infinity : value)));
  // Version 1 writes "no limit" as a huge number.
  if (limit > 2 ** 60) return Infinity;
  const used = Number(read(join(folder, names.used)) ?? 0);
  const [, cached] =
    new RegExp(`^${names.cached} (\\d+)$`, "m").exec(read(join(folder, "memory.stat")) ?? "") ?? [];
  return limit - Math.max(0, used - Number(cached ?? 0));
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}
