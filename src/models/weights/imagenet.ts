// The ImageNet weights that torchvision publishes for its ResNets, each with the preprocessing it was trained for.
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import envPaths from "env-paths";
import { UserError } from "../../base/errors.js";
import { writeWhole } from "../../base/write-whole.js";
import { imagenetPreprocess, type Preprocess } from "../preprocess.js";
import { type DownloadOptions, download, hashOf } from "./download.js";

export interface PublishedWeights {
  readonly address: string;
  /** How the file's SHA-256 begins, in hexadecimal; the publisher puts it into the name. */
  readonly sha256: string;
  readonly preprocess: Preprocess;
}

const PUBLISHER = "https://download.pytorch.org/models";

function published(name: string, sha256: string): PublishedWeights {
  return { address: `${PUBLISHER}/${name}-${sha256}.pth`, sha256, preprocess: imagenetPreprocess };
}

/** torchvision's IMAGENET1K_V1: trained at 224 px on ImageNet's 1000 classes. */
export const imagenet = {
  resnet18: published("resnet18", "f37072fd"),
  resnet34: published("resnet34", "b627a593"),
  resnet50: published("resnet50", "0676ba61"),
  resnet101: published("resnet101", "63fe2227"),
  resnet152: published("resnet152", "394f9c45"),
} as const satisfies Record<string, PublishedWeights>;
export type ImagenetName = keyof typeof imagenet;

/** Where downloaded weights are kept: MULTIHOT_CACHE, or the place that the platform has for caches. */
export function cacheFolder(): string {
  return process.env.MULTIHOT_CACHE || envPaths("multihot", { suffix: "" }).cache;
}

/**
 * The path of a network's ImageNet weights, downloaded unless the cache has them; checked by SHA-256 either
 * way: by the eight digits that the publisher tells, and from then on by the whole hash, which is kept beside the file. MULTIHOT_MIRROR is an address that has the publisher's files under the same names. Throws a UserError
 * where they cannot be had.
 */
export function imagenetWeights(name: ImagenetName, options: DownloadOptions = {}): Promise<string> {
  return publishedWeights(name, imagenet[name], options);
}

/** The same of a file that torchvision's publisher has under this name. */
export async function torchvisionWeights(
  name: string,
  file: string,
  sha256: string,
  options: DownloadOptions = {},
): Promise<string> {
  return publishedWeights(name, published(file, sha256), options);
}

async function publishedWeights(
  name: string,
  { address, sha256 }: Omit<PublishedWeights, "preprocess">,
  options: DownloadOptions,
): Promise<string> {
  const file = address.slice(PUBLISHER.length + 1);
  const folder = cacheFolder();
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw new UserError(
      `The cache folder ${folder} cannot be made (${(error as NodeJS.ErrnoException).code}). Set MULTIHOT_CACHE to one that can.`,
    );
  }
  const path = join(folder, file);
  const record = `${path}.sha256`;
  const whole = await readFile(record, "utf8").catch(() => "");
  const known = /^[0-9a-f]{64}$/.test(whole) && whole.startsWith(sha256);
  await download(
    {
      address: fromMirror(file) ?? address,
      sha256: known ? whole : sha256,
      path,
      what: `The weights of ${name}`,
      otherwise: `Fetch ${address} by hand, and give the file with --weights FILE`,
    },
    options,
  );
  // Without it the file is checked by its first digits again.
  if (!known) await writeWhole(record, (await hashOf(path)) ?? "").catch(() => undefined);
  return path;
}

function fromMirror(file: string): string | undefined {
  const mirror = process.env.MULTIHOT_MIRROR;
  if (!mirror) return undefined;
  if (!/^https?:\/\//.test(mirror) || !URL.canParse(mirror)) {
    throw new UserError(
      `MULTIHOT_MIRROR is "${mirror}", and should be an address as https://example.org/models.`,
    );
  }
  return `${mirror.replace(/\/+$/, "")}/${file}`;
}
