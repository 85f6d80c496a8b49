// FolderLock: one process at a time works in a folder. A lock that a crash left behind is recognised and taken over.
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { link, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { z } from "zod";
import { folderError } from "./folder-error.js";

export const LOCK = "lock.json";

/** Seconds between signs of life, and after how many without one a lock of another machine is stale. */
const BEAT = 15;
const STALE = 90;

const owner = z.object({
  format: z.literal(1),
  pid: z.int(),
  /** When that process started, as the system tells it: another process may get its number. */
  started: z.string().optional(),
  /** The machine (or container) in which the process has this number, since it was switched on. */
  machine: z.string(),
  host: z.string(),
  since: z.string(),
  token: z.string(),
});
type Owner = z.infer<typeof owner>;

/** A process is looked up by its number only where that number means the same as here. */
function machine(): string {
  const known = [
    () => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(),
    () => readlinkSync("/proc/self/ns/pid"),
  ].map((find) => {
    try {
      return find();
    } catch {
      return "";
    }
  });
  return [hostname(), ...known].join(" ");
}

/** When a process started, as the system tells it; undefined where there is no such process, or no way to know. */
function startOf(pid: number): string | undefined {
  try {
    if (process.platform === "win32") return undefined;
    if (process.platform !== "linux") {
      return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
    }
    const status = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name, in parentheses, may hold anything. Field 22 of proc(5) is the start.
    return status.slice(status.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

function isRunning({ pid, started }: Owner): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  return started === undefined || startOf(pid) === started;
}

export class FolderLock {
  private readonly beat: NodeJS.Timeout;

  private constructor(
    private folder: string,
    private readonly token: string,
  ) {
    this.beat = setInterval(() => void this.live().catch(() => undefined), BEAT * 1000);
    this.beat.unref();
  }

  /**
   * Takes the lock of a folder that exists.
   * @throws UserError if another process that is still running has it
   */
  static async take(folder: string): Promise<FolderLock> {
    const path = join(folder, LOCK);
    const token = randomUUID();
    const since = new Date().toISOString();
    const { pid } = process;
    const own: Owner = {
      ...{ format: 1, pid, started: startOf(pid), machine: machine() },
      ...{ host: hostname(), since, token },
    };
    for (let attempt = 0; attempt < 5; attempt++) {
      if (await create(path, JSON.stringify(own))) return new FolderLock(folder, token);
      const text = await readFile(path, "utf8").catch(() => undefined);
      // Released meanwhile.
      if (text === undefined) continue;
      const found = ownerIn(text);
      const age = await ageOf(folder);
      if (found?.machine === own.machine ? isRunning(found) : age < STALE) throw inUse(folder, found, age);
      await removeStale(path, text, token);
    }
    throw folderError(
      `${folder} is being taken by several runs at once. Try again, or choose another --out.`,
    );
  }

  /** The folder has been renamed, with the lock in it. */
  moved(folder: string): void {
    this.folder = folder;
  }

  /** @throws UserError if another process has taken the lock since, as it may after this machine has slept */
  async assertHeld(): Promise<void> {
    for (let attempt = 0; attempt < 3; attempt++) {
      const text = await readFile(join(this.folder, LOCK), "utf8").catch(() => undefined);
      if (text !== undefined && ownerIn(text)?.token === this.token) return;
      // One who took it for a stale one puts it back.
      if (text === undefined) await setTimeout(50);
    }
    throw folderError(
      `Another run has taken over ${this.folder} since this one last gave a sign of life. This one stops here; the other goes on.`,
    );
  }

  /** Lets others take it. */
  async release(): Promise<void> {
    clearInterval(this.beat);
    await this.assertHeld().then(
      () => rm(join(this.folder, LOCK), { force: true }),
      () => undefined,
    );
  }

  /** A sign of life. The file system's own clock dates it, which is the same for all machines. */
  private async live(): Promise<void> {
    await this.assertHeld();
    const file = await open(join(this.folder, LOCK), "r+");
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(1), 0, 1, 0);
      await file.write(buffer, 0, bytesRead, 0);
    } finally {
      await file.close();
    }
  }
}

/** Makes the file, whole; false if there is one. */
async function create(path: string, text: string): Promise<boolean> {
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeFile(draft, text, { flush: true });
    await link(draft, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    // A draft that is gone was taken for one that a crash had left.
    if (code === "ENOENT") return false;
    if (!["EPERM", "ENOTSUP", "ENOSYS", "EMLINK"].includes(code ?? "")) throw error;
    // Not every file system has links.
    return writeFile(path, text, { flag: "wx" }).then(
      () => true,
      (other: NodeJS.ErrnoException) => {
        if (other.code === "EEXIST") return false;
        throw other;
      },
    );
  } finally {
    await rm(draft, { force: true }).catch(() => undefined);
  }
}

function ownerIn(text: string): Owner | undefined {
  try {
    return owner.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Seconds since the lock's last sign of life, by the file system's clock. */
async function ageOf(folder: string): Promise<number> {
  const probe = join(folder, `${LOCK}.${randomUUID()}`);
  try {
    await writeFile(probe, "");
    const [now, then] = await Promise.all([stat(probe), stat(join(folder, LOCK))]);
    return (now.mtimeMs - then.mtimeMs) / 1000;
  } catch {
    return 0;
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}

/** Removes the lock that was found stale, and no other one that has taken its place meanwhile. */
async function removeStale(path: string, text: string, token: string): Promise<void> {
  const aside = `${path}.${token}`;
  const moved = await rename(path, aside).then(
    () => true,
    () => false,
  );
  if (!moved) return;
  if ((await readFile(aside, "utf8")) === text) await rm(aside);
  else await rename(aside, path);
}

function inUse(folder: string, found: Owner | undefined, age: number): Error {
  const since = found ? ` since ${found.since.slice(0, 16).replace("T", " ")} UTC` : "";
  if (found?.machine === machine()) {
    return folderError(
      `Another run is going on in ${folder}${since}: process ${found.pid} of this machine. ` +
        `Wait for it, stop it with Ctrl-C or kill ${found.pid}, or choose another --out.`,
    );
  }
  return folderError(
    `Another run is going on in ${folder}${since}${found ? ` on ${found.host}` : ""}; its last sign of life was ` +
      `${Math.max(0, Math.round(age))} seconds ago. Wait for it, or choose another --out. If that machine has crashed, try ` +
      `again: after ${STALE} seconds without a sign of life the folder is free.`,
  );
}
