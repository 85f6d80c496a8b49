// The hub's cache on the disk, laid out as Python's huggingface_hub lays it out, so that both use each other's files.
//
// models--OWNER--NAME/refs/REVISION holds a commit; snapshots/COMMIT/FILE links to blobs/ETAG; .no_exist/COMMIT/FILE
// says that the commit has no such file.
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { writeWhole } from "../../base/write-whole.js";
import { hubCache } from "./environment.js";

const COMMIT = /^[0-9a-f]{40}$/;

/** A repository's folder. */
export class RepositoryCache {
  readonly folder: string;

  constructor(repository: string) {
    this.folder = join(hubCache(), `models--${repository.replaceAll("/", "--")}`);
  }

  /** The commit that a revision was when it was last asked for. */
  async commitOf(revision: string): Promise<string | undefined> {
    if (COMMIT.test(revision)) return revision;
    const text = await readFile(join(this.folder, "refs", revision), "utf8").catch(() => "");
    return COMMIT.test(text.trim()) ? text.trim() : undefined;
  }

  async keepCommit(revision: string, commit: string): Promise<void> {
    if (revision === commit) return;
    const path = join(this.folder, "refs", revision);
    await mkdir(dirname(path), { recursive: true });
    await writeWhole(path, Buffer.from(commit));
  }

  /** Where a file of a commit is, or will be. */
  pathOf(commit: string, file: string): string {
    return join(this.folder, "snapshots", commit, file);
  }

  has(commit: string, file: string): boolean {
    return existsSync(this.pathOf(commit, file));
  }

  /** Whether it is known that the commit has no such file. */
  lacks(commit: string, file: string): boolean {
    return existsSync(join(this.folder, ".no_exist", commit, file));
  }

  async keepLack(commit: string, file: string): Promise<void> {
    const path = join(this.folder, ".no_exist", commit, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, "");
  }

  /** Where the content of that hash is, or will be. */
  async blob(etag: string): Promise<string> {
    const folder = join(this.folder, "blobs");
    await mkdir(folder, { recursive: true });
    return join(folder, etag);
  }

  /** Puts a blob in its place in a commit. */
  async link(commit: string, file: string, blob: string): Promise<string> {
    const path = this.pathOf(commit, file);
    await mkdir(dirname(path), { recursive: true });
    await rm(path, { force: true });
    try {
      await symlink(relative(dirname(path), blob), path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Another process was faster.
      if (code === "EEXIST") return path;
      // Windows has links only for those who may make them.
      await copyFile(blob, path);
    }
    return path;
  }
}
