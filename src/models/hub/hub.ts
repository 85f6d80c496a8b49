// The Hugging Face hub: files of model repositories, downloaded once, checked by their hashes and shared with Python's tools.
//
// The protocol is that of huggingface_hub: HEAD /OWNER/NAME/resolve/REVISION/FILE tells the commit (X-Repo-Commit), the
// file's hash (X-Linked-Etag of large files, which is their SHA-256; else ETag, git's SHA-1 of the blob), and its size.
import { UserError } from "../../base/errors.js";
import { type DownloadOptions, download } from "../weights/download.js";
import { RepositoryCache } from "./cache.js";
import { hubEndpoint, hubToken, isOffline } from "./environment.js";

/** A repository at a revision: `OWNER/NAME`, or `OWNER/NAME@REVISION`. */
export interface Repository {
  readonly name: string;
  readonly revision: string;
}

/** Of `hf:OWNER/NAME[@REVISION]`. @throws UserError for what is no such text */
export function parseRepository(text: string): Repository {
  const [, name, revision = "main"] = /^hf:([\w.-]+\/[\w.-]+)(?:@([\w./-]+))?$/.exec(text) ?? [];
  if (name === undefined || revision.split("/").includes("..")) {
    throw new UserError(
      `"${text}" names no repository: hf:OWNER/NAME or hf:OWNER/NAME@REVISION is expected.`,
    );
  }
  return { name, revision };
}

/** How long the hub may take to answer a question, in milliseconds. */
const PATIENCE = 20_000;

interface Metadata {
  readonly commit: string;
  readonly etag: string;
}

/** No file of that name is in the repository. */
class NoEntry extends Error {}
/** The hub can't be reached. */
class Unreachable extends Error {}

export class HubRepository {
  private readonly cache: RepositoryCache;
  /** The commit that all files are taken from, once it is known. */
  private commit: string | undefined;

  constructor(
    private readonly repository: Repository,
    private readonly options: DownloadOptions & { readonly onFile?: (file: string) => void } = {},
  ) {
    this.cache = new RepositoryCache(repository.name);
  }

  /** The address of its files' list, for people. */
  get page(): string {
    const { name, revision } = this.repository;
    return `${hubEndpoint()}/${name}/tree/${revision}`;
  }

  /** The address of a file, for people. */
  addressOf(file: string): string {
    const { name, revision } = this.repository;
    return `${hubEndpoint()}/${name}/resolve/${encodeURIComponent(this.commit ?? revision)}/${file}`;
  }

  /**
   * The path of a file in the cache, downloaded unless it is there.
   * @throws UserError where the file can't be had
   */
  async file(file: string): Promise<string> {
    const path = await this.optionalFile(file);
    if (path !== undefined) return path;
    const { name, revision } = this.repository;
    throw new UserError(
      `The repository ${name} has no file ${file}${revision === "main" ? "" : ` at ${revision}`}. ` +
        `Its files: ${this.page}. Choose one with --file.`,
    );
  }

  /** The same; undefined where the repository has no such file. */
  async optionalFile(file: string): Promise<string | undefined> {
    const known = await this.kept(file);
    if (known !== undefined) return known || undefined;
    let metadata: Metadata;
    try {
      if (isOffline()) throw new Unreachable("HF_HUB_OFFLINE is set");
      metadata = await this.ask(file);
    } catch (error) {
      if (error instanceof NoEntry) return undefined;
      if (!(error instanceof Unreachable)) throw error;
      // What was had when the hub could be reached will do.
      this.commit ??= await this.cache.commitOf(this.repository.revision);
      const old = this.commit === undefined ? undefined : await this.kept(file);
      if (old !== undefined) return old || undefined;
      throw this.unreachable(file, error);
    }
    return this.fetch(file, metadata);
  }

  /** A file of the known commit that is there; "" for one that the commit is known to lack. */
  private async kept(file: string): Promise<string | undefined> {
    const { revision } = this.repository;
    this.commit ??= /^[0-9a-f]{40}$/.test(revision) ? revision : undefined;
    if (this.commit === undefined) return undefined;
    if (this.cache.has(this.commit, file)) return this.cache.pathOf(this.commit, file);
    return this.cache.lacks(this.commit, file) ? "" : undefined;
  }

  private async fetch(file: string, { commit, etag }: Metadata): Promise<string> {
    this.commit = commit;
    await this.cache.keepCommit(this.repository.revision, commit);
    if (this.cache.has(commit, file)) return this.cache.pathOf(commit, file);
    const path = await this.cache.blob(etag);
    this.options.onFile?.(file);
    const address = this.addressOf(file);
    await download(
      {
        address,
        sha256: etag,
        hash: etag.length === 64 ? "sha256" : "git",
        path,
        what: `${file} of ${this.repository.name}`,
        headers: await authorization(),
        otherwise: `Fetch ${address} by hand and name the file with --backbone`,
      },
      this.options,
    );
    return this.cache.link(commit, file, path);
  }

  /** Asks the hub which commit and which content a file is. */
  private async ask(file: string): Promise<Metadata> {
    let address = this.addressOf(file);
    const headers = { "accept-encoding": "identity", ...(await authorization()) };
    for (let moved = 0; ; moved++) {
      const response = await this.head(address, headers);
      const location = response.headers.get("location");
      // A repository that was renamed is elsewhere on the hub; a large file elsewhere at all.
      if (response.status >= 300 && response.status < 400 && location?.startsWith("/") && moved < 5) {
        address = new URL(location, address).href;
        continue;
      }
      if (response.status >= 400) await this.refuse(file, response);
      const commit = response.headers.get("x-repo-commit") ?? "";
      const etag = response.headers.get("x-linked-etag") ?? response.headers.get("etag") ?? "";
      const plain = etag.replace(/^W\//, "").replaceAll('"', "");
      if (!/^[0-9a-f]{40}$/.test(commit) || !/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(plain)) {
        throw new UserError(
          `${address} does not answer as a hub does: it tells no commit and no hash. Is HF_ENDPOINT right?`,
        );
      }
      return { commit, etag: plain };
    }
  }

  private async head(address: string, headers: Record<string, string>): Promise<Response> {
    const { signal } = this.options;
    const patience = AbortSignal.timeout(PATIENCE);
    try {
      return await fetch(address, {
        method: "HEAD",
        redirect: "manual",
        headers,
        signal: signal ? AbortSignal.any([signal, patience]) : patience,
      });
    } catch (error) {
      signal?.throwIfAborted();
      const { code, message } = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
      throw new Unreachable(code ?? message);
    }
  }

  /** @throws NoEntry for a file that is not there, Unreachable for a hub that fails, UserError for all else */
  private async refuse(file: string, { status, statusText, headers }: Response): Promise<never> {
    const { name, revision } = this.repository;
    const code = headers.get("x-error-code");
    const commit = headers.get("x-repo-commit");
    if (code === "EntryNotFound" || (status === 404 && commit !== null)) {
      if (commit !== null && /^[0-9a-f]{40}$/.test(commit)) {
        this.commit = commit;
        await this.cache.keepCommit(revision, commit);
        await this.cache.keepLack(commit, file);
      }
      throw new NoEntry();
    }
    if (status >= 500 || status === 429) throw new Unreachable(`HTTP ${status}`);
    const page = `${hubEndpoint()}/${name}`;
    if (code === "RevisionNotFound") {
      throw new UserError(
        `The repository ${name} has no revision ${revision}. Its branches and tags are at ${page}.`,
      );
    }
    if (code === "GatedRepo" || status === 403) {
      throw new UserError(
        `The repository ${name} is gated. Ask for access at ${page}, make a token at ${hubEndpoint()}/settings/tokens, ` +
          "and set it as HF_TOKEN (or: hf auth login).",
      );
    }
    if (code === "RepoNotFound" || status === 401 || status === 404) {
      throw new UserError(
        `The hub has no repository ${name}, or it is private. Check the name at ${page}; for a private one set HF_TOKEN.`,
      );
    }
    throw new UserError(`The hub answers ${status} ${statusText} for ${file} of ${name}.`);
  }

  private unreachable(file: string, { message }: Unreachable): UserError {
    const { name } = this.repository;
    return new UserError(
      `${file} of ${name} isn't in the cache, and the hub can't be asked for it (${message}). With a network, fetch ` +
        `${this.addressOf(file)} by hand, put it in a folder beside the repository's config.json and ` +
        "preprocessor_config.json, and give --backbone that file.",
    );
  }
}

async function authorization(): Promise<Record<string, string>> {
  const token = await hubToken();
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}
