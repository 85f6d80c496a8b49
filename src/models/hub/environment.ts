// The hub's environment: the variables by which Python's tools are set, and the folders that they share.
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../base/errors.js";

const home = () =>
  process.env.HF_HOME || join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "huggingface");

/** Where repositories are kept. */
export function hubCache(): string {
  return process.env.HF_HUB_CACHE || process.env.HUGGINGFACE_HUB_CACHE || join(home(), "hub");
}

/** The hub's address, without a slash at its end. */
export function hubEndpoint(): string {
  const endpoint = process.env.HF_ENDPOINT || "https://huggingface.co";
  if (!/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint)) {
    throw new UserError(
      `HF_ENDPOINT is "${endpoint}"; an address such as https://huggingface.co is expected.`,
    );
  }
  return endpoint.replace(/\/+$/, "");
}

/** Whether nothing may be asked of the hub. */
export function isOffline(): boolean {
  return /^(1|on|yes|true)$/i.test(process.env.HF_HUB_OFFLINE || process.env.TRANSFORMERS_OFFLINE || "");
}

/** The token: HF_TOKEN, or what `hf auth login` has kept. */
export async function hubToken(): Promise<string | undefined> {
  const given = process.env.HF_TOKEN || process.env.HUGGING_FACE_HUB_TOKEN;
  if (given) return given.trim();
  try {
    const kept = await readFile(process.env.HF_TOKEN_PATH || join(home(), "token"), "utf8");
    return kept.trim() || undefined;
  } catch {
    return undefined;
  }
}
