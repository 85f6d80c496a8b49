// download: a file from an address, checked by its hash; what broke off is continued.
import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../base/errors.js";

/** How a file's content is told. */
export type Hash = "sha256" | "git";

export interface Download {
  readonly address: string;
  /** How the file's hash must begin, in hexadecimal. */
  readonly sha256: string;
  /** Which hash that is: SHA-256 (default), or git's of a blob, a SHA-1. */
  readonly hash?: Hash;
  /** Sent to the address, and not to another host that it sends on to. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What to do where it can't be had, without a full stop. Default: give a file with --weights. */
  readonly otherwise?: string;
  /** Where the file goes; its folder is there. */
  readonly path: string;
  /** The subject of error messages, e.g. "The weights of resnet50". */
  readonly what: string;
}

/** How far a download is. */
export interface DownloadProgress {
  /** Bytes that are there, with those of an earlier attempt. */
  readonly received: number;
  /** Bytes of the whole file, where the server tells. */
  readonly total: number | undefined;
  /** Bytes a second, of this attempt. */
  readonly rate: number;
}

export interface DownloadOptions {
  /** Called about ten times a second, and at the end. */
  readonly onProgress?: (progress: DownloadProgress) => void;
  readonly signal?: AbortSignal;
  /** How long the server may be silent before the connection is tried anew, in milliseconds (30,000). */
  readonly patience?: number;
}

/** Attempts in a row that bring nothing. */
const ATTEMPTS = 4;
/** Milliseconds before the first new attempt; each later one waits twice as long. */
const PAUSE = 250;
/** What the system says where there is no network; waiting for it at the very beginning helps nobody. */
const OFFLINE = new Set(["ENOTFOUND", "EAI_AGAIN", "ENETUNREACH", "EHOSTUNREACH", "ECONNREFUSED"]);
const PROGRESS_EVERY = 100;
const OTHERWISE = "Give a file that you have with --weights FILE";
/** Milliseconds after which a part is nobody's, though its process number is in use (by another one, then). */
const ABANDONED = 300_000;

/**
 * Puts the file at `path`, unless it is there with the right hash. It appears under its name whole and
 * checked; until then its beginning is kept beside it, and the next call goes on from there. Several
 * processes may do this at once: each writes a part of its own. Throws a UserError, or the signal's reason.
 */
export async function download(wanted: Download, options: DownloadOptions = {}): Promise<void> {
  const { path, sha256 } = wanted;
  const isThere = async () => (await hashOf(path, wanted.hash))?.startsWith(sha256);
  try {
    if (await isThere()) return;
    const part = await claimPart(path);
    try {
      await fetchChecked(wanted, part, options);
      await rename(part, path).catch(async (error) => {
        // Windows does not replace a file that another process has open.
        if (!(await isThere())) throw error;
        await rm(part);
      });
    } catch (error) {
      // Under the plain name the next attempt finds it.
      await rename(part, `${path}.part`).catch(() => {});
      throw error;
    }
  } catch (error) {
    throw storageProblem(wanted, error) ?? error;
  }
}

/** Fills `part` until its hash is right; begins anew once, as an older part may be of another file. */
async function fetchChecked(wanted: Download, part: string, options: DownloadOptions): Promise<void> {
  for (;;) {
    const before = (await stat(part)).size;
    await fetchAll(wanted, part, options);
    const hash = (await hashOf(part, wanted.hash)) ?? "";
    if (hash.startsWith(wanted.sha256)) return;
    await rm(part, { force: true });
    if (before === 0) {
      throw new UserError(
        `${wanted.what} came from ${wanted.address} with the ${wanted.hash === "git" ? "git hash" : "SHA-256"} ${hash.slice(0, 16)}…, and it should begin with ` +
          `${wanted.sha256}: the server has another file, or it was changed on the way. Nothing was kept.`,
      );
    }
    await (await open(part, "w")).close();
  }
}

/** Attempt after attempt, each from where the last one ended. */
async function fetchAll(wanted: Download, part: string, options: DownloadOptions): Promise<void> {
  const file = await open(part, "r+");
  try {
    for (let failures = 0; ; ) {
      const { size } = await file.stat();
      try {
        await fetchOnce(wanted, file, size, options);
        return;
      } catch (error) {
        options.signal?.throwIfAborted();
        if (!(error instanceof Interrupted)) throw error;
        const progressed = (await file.stat()).size > size;
        failures = progressed ? 1 : failures + 1;
        const offline = failures === 1 && !progressed && OFFLINE.has(error.message);
        if (failures >= ATTEMPTS || offline) throw unreachable(wanted, error);
        await sleep(PAUSE * 2 ** (failures - 1), undefined, { signal: options.signal }).catch(() => {});
        options.signal?.throwIfAborted();
      }
    }
  } finally {
    await file.close();
  }
}

/** The connection or the server failed in a way that may pass. */
class Interrupted extends Error {}

async function fetchOnce(
  wanted: Download,
  file: FileHandle,
  size: number,
  { onProgress, signal, patience = 30_000 }: DownloadOptions,
): Promise<void> {
  const silence = new AbortController();
  const abort = signal ? AbortSignal.any([signal, silence.signal]) : silence.signal;
  const giveUp = () => silence.abort(new Error(`silent for ${patience / 1000} seconds`));
  let timer = setTimeout(giveUp, patience);
  try {
    const headers = {
      ...wanted.headers,
      "accept-encoding": "identity",
      ...(size > 0 && { range: `bytes=${size}-` }),
    };
    const response = await fetch(wanted.address, { headers, signal: abort }).catch(interrupted);
    const range = /^bytes (?:(\d+)-\d+|\*)\/(\d+)$/.exec(response.headers.get("content-range") ?? "");
    if (response.status === 416 && Number(range?.[2]) === size) return;
    if (response.status === 416) {
      await file.truncate(0);
      throw new Interrupted("the part that was there does not fit");
    }
    if (response.status >= 500 || response.status === 429) throw new Interrupted(`HTTP ${response.status}`);
    if (!response.ok || !response.body) {
      throw new UserError(
        `${wanted.what} cannot be downloaded: ${wanted.address} answers ${response.status} ${response.statusText}. ` +
          `${wanted.otherwise ?? OTHERWISE}.`,
      );
    }
    const start = response.status === 206 && Number(range?.[1]) === size ? size : 0;
    if (response.status === 206 && start !== size) throw new Interrupted("the server sent another range");
    await file.truncate(start);
    const length = Number(response.headers.get("content-length") ?? Number.NaN);
    const report = progressReporter(start, Number.isNaN(length) ? undefined : start + length, onProgress);
    const chunks = response.body.getReader();
    let position = start;
    for (;;) {
      const { value, done } = await chunks.read().catch(interrupted);
      if (done) break;
      clearTimeout(timer);
      timer = setTimeout(giveUp, patience);
      for (let rest = value; rest.length > 0; ) {
        const { bytesWritten } = await file.write(rest, 0, rest.length, position);
        position += bytesWritten;
        rest = rest.subarray(bytesWritten);
      }
      report(position, false);
    }
    if (position - start < length) throw new Interrupted("the connection was closed early");
    await file.sync();
    report(position, true);
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}

function progressReporter(
  start: number,
  total: number | undefined,
  onProgress: DownloadOptions["onProgress"],
): (received: number, last: boolean) => void {
  const begun = performance.now();
  let told = begun;
  return (received, last) => {
    const now = performance.now();
    if (!onProgress || (!last && now - told < PROGRESS_EVERY)) return;
    told = now;
    onProgress({ received, total, rate: ((received - start) * 1000) / Math.max(1, now - begun) });
  };
}

function interrupted(error: unknown): never {
  const { code, message } = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
  throw new Interrupted(code?.startsWith("E") ? code : message);
}

function unreachable({ what, address, otherwise = OTHERWISE }: Download, error: Interrupted): UserError {
  return new UserError(
    `${what} cannot be downloaded because ${new URL(address).host} cannot be reached (${error.message}). ${otherwise}.`,
  );
}

/** The UserError for a disk that is full or may not be written. */
function storageProblem({ what, path }: Download, error: unknown): UserError | undefined {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (!["ENOSPC", "EDQUOT", "EACCES", "EPERM", "EROFS", "ENOENT", "EISDIR"].includes(code)) return undefined;
  return new UserError(
    `${what} cannot be kept in ${dirname(path)} (${code}). Make room there, or set MULTIHOT_CACHE to another folder.`,
  );
}

/**
 * A file of this call's own to write into: what an earlier attempt left, or an empty one. Taking one is a
 * rename, which only one of several processes can do.
 */
async function claimPart(path: string): Promise<string> {
  const own = `${path}.${process.pid}-${randomUUID().slice(0, 8)}.part`;
  const folder = dirname(path);
  const prefix = `${basename(path)}.`;
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix) || !name.endsWith("part")) continue;
    const left = join(folder, name);
    try {
      const pid = /^(\d+)-/.exec(name.slice(prefix.length))?.[1];
      if (pid && isAlive(Number(pid)) && Date.now() - (await stat(left)).mtimeMs < ABANDONED) continue;
      await rename(left, own);
      return own;
    } catch {
      // Another process was faster.
    }
  }
  await (await open(own, "wx")).close();
  return own;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** The file's hash, in hexadecimal; undefined where there is none. */
export async function hashOf(path: string, kind: Hash = "sha256"): Promise<string | undefined> {
  const hash = createHash(kind === "git" ? "sha1" : "sha256");
  try {
    if (kind === "git") hash.update(`blob ${(await stat(path)).size}\0`);
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }))
      hash.update(chunk as Buffer);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  return hash.digest("hex");
}
