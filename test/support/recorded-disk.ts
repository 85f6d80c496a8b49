// A disk that remembers in which order a program wrote to it, and can show what a crash at any moment would leave.
import fs, { mkdir, writeFile } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { basename, dirname, join, relative, resolve } from "node:path";

/**
 * What survives a crash: `killed`: all that the program has written; `renamed`: every name, but of files only the bytes
 * that were synced; `cut`: only names and bytes that were synced (a power cut on a disk that writes late).
 */
export type Crash = "killed" | "renamed" | "cut";
export const crashes: readonly Crash[] = ["killed", "renamed", "cut"];

interface File {
  written: Buffer;
  synced: Buffer;
}
interface Folder {
  written: Map<string, File | Folder>;
  synced: Map<string, File | Folder>;
}
type Operation = (root: Folder) => void;

const isFolder = (entry: File | Folder | undefined): entry is Folder => entry?.written instanceof Map;
const newFolder = (): Folder => ({ written: new Map(), synced: new Map() });

function at(root: Folder, path: string): File | Folder | undefined {
  let found: File | Folder | undefined = root;
  for (const name of path.split("/").filter((part) => part !== "")) {
    if (!isFolder(found)) return undefined;
    found = found.written.get(name);
  }
  return found;
}

function folderAt(root: Folder, path: string): Folder {
  const found = at(root, path === "." ? "" : path);
  if (!isFolder(found)) throw new Error(`${path} is no folder at this moment.`);
  return found;
}

/** Records what is written below a folder while `work` runs. The functions of node:fs/promises are replaced meanwhile. */
export async function recorded(folder: string, work: () => Promise<void>): Promise<Operation[]> {
  const operations: Operation[] = [];
  const local = (path: unknown): string | undefined => {
    const inside = relative(folder, resolve(String(path)));
    return inside.startsWith("..") ? undefined : inside;
  };
  const note = (path: string | undefined, operation: Operation) => {
    if (path !== undefined) operations.push(operation);
  };
  const create = (path: string) => (root: Folder) => {
    const parent = folderAt(root, dirname(path));
    const found = parent.written.get(basename(path));
    if (found && !isFolder(found)) found.written = Buffer.alloc(0);
    else parent.written.set(basename(path), { written: Buffer.alloc(0), synced: Buffer.alloc(0) });
  };
  // A handle goes on to mean its file where that is renamed: it is found by its path when it is opened.
  const original = { ...fs };
  const patched: Partial<Record<keyof typeof fs, unknown>> = {
    async open(...args: Parameters<typeof fs.open>) {
      const handle = await original.open(...args);
      const path = local(args[0]);
      if (path === undefined) return handle;
      const flags = String(args[1] ?? "r");
      let entry: File | Folder | undefined;
      if (flags.startsWith("w")) operations.push(create(path));
      else if (flags.startsWith("a")) operations.push((root) => void (at(root, path) ?? create(path)(root)));
      operations.push((root) => {
        entry = at(root, path);
      });
      const append = (bytes: Buffer): Operation => {
        return () => {
          if (!entry || isFolder(entry)) throw new Error(`${path} is no file.`);
          entry.written = Buffer.concat([entry.written, bytes]);
        };
      };
      const writing = (data: unknown) =>
        operations.push(append(Buffer.from(typeof data === "string" ? data : (data as Uint8Array).slice())));
      const { writeFile, appendFile, sync } = handle;
      handle.writeFile = async (data, options) => {
        await writeFile.call(handle, data, options);
        writing(data);
      };
      handle.appendFile = async (data, options) => {
        await appendFile.call(handle, data, options);
        writing(data);
      };
      handle.sync = async () => {
        await sync.call(handle);
        operations.push(() => {
          if (isFolder(entry)) entry.synced = new Map(entry.written);
          else if (entry) entry.synced = entry.written;
        });
      };
      return handle;
    },
    async mkdir(...args: Parameters<typeof fs.mkdir>) {
      const made = await original.mkdir(...args);
      const path = local(args[0]);
      note(path, (root) => {
        let parent = root;
        for (const name of (path ?? "").split("/").filter((part) => part !== "")) {
          const next = parent.written.get(name) ?? newFolder();
          parent.written.set(name, next);
          parent = next as Folder;
        }
      });
      return made;
    },
    async rename(from: string, to: string) {
      await original.rename(from, to);
      const [a, b] = [local(from), local(to)];
      if (a === undefined || b === undefined) return;
      operations.push((root) => {
        const source = folderAt(root, dirname(a));
        const entry = source.written.get(basename(a));
        if (entry === undefined) throw new Error(`${a} is not there to be renamed.`);
        source.written.delete(basename(a));
        folderAt(root, dirname(b)).written.set(basename(b), entry);
      });
    },
    async rm(...args: Parameters<typeof fs.rm>) {
      await original.rm(...args);
      const path = local(args[0]);
      note(path, (root) => {
        const parent = at(root, dirname(path ?? "") === "." ? "" : dirname(path ?? ""));
        if (isFolder(parent)) parent.written.delete(basename(path ?? ""));
      });
    },
    async link(from: string, to: string) {
      await original.link(from, to);
      const [a, b] = [local(from), local(to)];
      if (a === undefined || b === undefined) return;
      operations.push((root) => {
        const entry = at(root, a);
        if (entry) folderAt(root, dirname(b)).written.set(basename(b), entry);
      });
    },
    async writeFile(...args: Parameters<typeof fs.writeFile>) {
      await original.writeFile(...args);
      const path = typeof args[0] === "string" ? local(args[0]) : undefined;
      if (path === undefined) return;
      operations.push(create(path), (root) => {
        const file = at(root, path) as File;
        file.written = Buffer.from(args[1] as string | Uint8Array);
        const [, , options] = args;
        if (typeof options === "object" && options?.flush) file.synced = file.written;
      });
    },
  };
  Object.assign(fs, patched);
  syncBuiltinESMExports();
  try {
    await work();
  } finally {
    Object.assign(fs, original);
    syncBuiltinESMExports();
  }
  return operations;
}

/** A disk to which recorded operations are done again, one after the other. */
export class ReplayedDisk {
  private readonly root = newFolder();

  do(operation: Operation): void {
    operation(this.root);
  }

  /** What a crash would leave now: files by path, and folders (undefined), in order. */
  leftBy(crash: Crash): Map<string, Buffer | undefined> {
    const found = new Map<string, Buffer | undefined>();
    const add = (folder: Folder, path: string) => {
      found.set(path, undefined);
      for (const [name, child] of crash === "cut" ? folder.synced : folder.written) {
        if (isFolder(child)) add(child, join(path, name));
        else found.set(join(path, name), crash === "killed" ? child.written : child.synced);
      }
    };
    add(this.root, "");
    return found;
  }
}

/** Writes it below a folder. */
export async function writeLeft(
  left: ReadonlyMap<string, Buffer | undefined>,
  folder: string,
): Promise<void> {
  for (const [path, bytes] of left) {
    if (bytes === undefined) await mkdir(join(folder, path), { recursive: true });
    else await writeFile(join(folder, path), bytes);
  }
}
