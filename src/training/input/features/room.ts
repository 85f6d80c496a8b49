// Room: where the features of a run's pictures find place, in memory or on the disk.
import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { freeMemory } from "../../../base/free-memory.js";

/** Where features are kept; false: nowhere, the trunk runs each time. */
export type Place = "disk" | "memory" | false;

export interface Room {
  /** How many bytes of them may be in memory. */
  memory: number;
  /** How many may be on the disk. */
  disk: number;
}

/**
 * Half of what is free now, in memory and on the disk.
 * @param folder where the run writes, which need not exist yet; undefined where it writes nothing
 * @param limit of memory, in GiB, where the user sets one
 */
export function roomFor(folder: string | undefined, limit: number | undefined): Room {
  const memory = limit === undefined ? freeMemory() / 2 : limit * 2 ** 30;
  return { memory, disk: folder === undefined ? 0 : freeOnDisk(folder) / 2 };
}

function freeOnDisk(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    return missing && dirname(folder) !== folder ? freeOnDisk(dirname(folder)) : 0;
  }
}

/** Takes room for so many bytes, in memory as far as there is some; all of them are on the disk if they fit there. */
export function take(room: Room, bytes: number): { place: Place; memory: number } {
  const memory = Math.min(bytes, room.memory);
  const place = bytes <= room.disk ? "disk" : bytes <= room.memory ? "memory" : false;
  if (place) room.memory -= memory;
  if (place === "disk") room.disk -= bytes;
  return { place, memory: place ? memory : 0 };
}
