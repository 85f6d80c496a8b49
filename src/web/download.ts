// Download: a file with its progress, checked by its hash and kept in the browser's cache under it.
import { UserError } from "../base/errors.js";
import type { LoadProgress } from "./options.js";

const CACHE = "multihot";

export interface DownloadOptions {
  readonly part: LoadProgress["part"];
  /** Hexadecimal; with it, the file is checked and can be cached. */
  readonly sha256?: string;
  /** Its size, where it is known. */
  readonly bytes?: number;
  /** Whether it may come from the cache, and is kept there. */
  readonly cache: boolean;
  readonly onProgress: (progress: LoadProgress) => void;
}

/** The content of a file. Throws a UserError if it cannot be had or is not what was promised. */
export async function download(url: string, options: DownloadOptions): Promise<Uint8Array<ArrayBuffer>> {
  const { part, sha256, onProgress } = options;
  const key = `${url}?sha256=${sha256}`;
  // Pages that are not secure (http, other than on localhost) have neither caches nor hashes.
  const cache = sha256 && options.cache && "caches" in globalThis ? await openCache() : undefined;
  const kept = await cache?.match(key);
  if (kept) {
    const content = new Uint8Array(await kept.arrayBuffer());
    onProgress({ part, loaded: content.length, total: content.length, cached: true });
    return content;
  }
  const content = await fetched(url, options);
  if (sha256 && globalThis.crypto?.subtle) await checkHash(url, content, sha256);
  // One version of a file is enough. A browser that has no room left works without.
  await cache?.delete(url, { ignoreSearch: true });
  await cache?.put(key, new Response(content)).catch(() => {});
  return content;
}

/** The response to a request for a file; throws a UserError if there is none or it is an error. */
export async function request(url: string, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init).catch((error: unknown) => {
    const said = error instanceof Error ? ` (${error.message})` : "";
    throw new UserError(`${url} cannot be fetched: the server cannot be reached, or forbids it${said}.`);
  });
  if (!response.ok) {
    throw new UserError(`${url} cannot be fetched: the server answers ${response.status} for it.`);
  }
  return response;
}

async function openCache(): Promise<Cache | undefined> {
  // Refused where the user forbids sites to keep data.
  return caches.open(CACHE).catch(() => undefined);
}

async function fetched(url: string, { part, bytes, onProgress }: DownloadOptions) {
  const { body, headers } = await request(url);
  // Of a compressed answer the length tells nothing.
  const length = headers.has("Content-Encoding") ? 0 : Number(headers.get("Content-Length"));
  const total = bytes ?? (length || undefined);
  const chunks: Uint8Array[] = [];
  let loaded = 0;
  const told = () => onProgress({ part, loaded, total: total && Math.max(total, loaded), cached: false });
  told();
  for (const reader = body?.getReader(); reader; ) {
    const { done, value } = await reader.read().catch(() => {
      throw new UserError(`${url} cannot be fetched: the connection broke after ${loaded} bytes.`);
    });
    if (done) break;
    chunks.push(value);
    loaded += value.length;
    told();
  }
  const content = new Uint8Array(loaded);
  let at = 0;
  for (const chunk of chunks) {
    content.set(chunk, at);
    at += chunk.length;
  }
  return content;
}

async function checkHash(url: string, content: Uint8Array<ArrayBuffer>, wanted: string): Promise<void> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  const found = Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (found === wanted) return;
  throw new UserError(
    `${url} is not the file that multihot.json tells of: its SHA-256 is ${found}, wanted ${wanted}. It was ` +
      "damaged on its way, or only one of the two files was replaced; load the page again, or export again.",
  );
}
