// Seen images: which images a bundle was trained and tuned on. It knows them by hash, without names.
//
// The file is 16 bytes of text, two uint32 (how many training and validation images), then both lists, each sorted: of
// each image the first 8 bytes of its file's SHA-256, as a uint64. All numbers are little-endian.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { UserError } from "../base/errors.js";
import { inTurns } from "../base/limited-concurrency.js";

/** Its name in the bundle; bundles without it are whole. */
export const SEEN = "seen-images.bin";

const FORMAT = "multihot seen 1\n";
const HEADER = FORMAT.length + 8;
const EACH = 8;

/** How many images a bundle was trained on, and how many it was tuned on. */
export interface SeenCounts {
  readonly training: number;
  readonly validation: number;
}

/** Of an image's file; undefined if it cannot be read. */
async function hashOf(path: string): Promise<bigint | undefined> {
  try {
    return createHash("sha256")
      .update(await readFile(path))
      .digest()
      .readBigUInt64LE();
  } catch {
    return undefined;
  }
}

async function sortedHashes(paths: readonly string[]): Promise<BigUint64Array> {
  const hashes = await inTurns(paths, hashOf);
  return BigUint64Array.from(hashes.filter((hash) => hash !== undefined)).sort();
}

/** Writes the file. Images that cannot be read are left out. */
export async function writeSeenImages(
  file: string,
  { training, validation }: { training: readonly string[]; validation: readonly string[] },
): Promise<void> {
  const sets = [await sortedHashes(training), await sortedHashes(validation)];
  const bytes = Buffer.alloc(HEADER + EACH * (sets[0].length + sets[1].length));
  bytes.write(FORMAT, "latin1");
  let at = FORMAT.length;
  for (const { length } of sets) at = bytes.writeUInt32LE(length, at);
  for (const set of sets) for (const hash of set) at = bytes.writeBigUInt64LE(hash, at);
  await writeFile(file, bytes);
}

/** The images that a bundle has seen. */
export class SeenImages {
  private constructor(
    private readonly training: BigUint64Array,
    private readonly validation: BigUint64Array,
  ) {}

  /** Undefined where there is no such file. Throws a UserError if it is damaged. */
  static async read(file: string): Promise<SeenImages | undefined> {
    let bytes: Buffer;
    try {
      bytes = await readFile(file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
    const [training, validation] = [0, 4].map((at) =>
      bytes.length >= HEADER ? bytes.readUInt32LE(FORMAT.length + at) : 0,
    );
    const size = HEADER + EACH * (training + validation);
    if (bytes.toString("latin1", 0, FORMAT.length) !== FORMAT || bytes.length !== size) {
      throw new UserError(
        `${file} is damaged: it should list the images that the bundle was trained on. Copy the bundle again, or delete ` +
          "this file, which only the warning about such images needs.",
      );
    }
    const hashes = (from: number, count: number) =>
      BigUint64Array.from({ length: count }, (_, i) => bytes.readBigUInt64LE(from + EACH * i));
    return new SeenImages(hashes(HEADER, training), hashes(HEADER + EACH * training, validation));
  }

  get counts(): SeenCounts {
    return { training: this.training.length, validation: this.validation.length };
  }

  /** How many of these image files the bundle was trained on, and how many of the others it was tuned on. */
  async among(paths: readonly string[]): Promise<SeenCounts> {
    const hashes = await inTurns(paths, hashOf);
    let training = 0;
    let validation = 0;
    for (const hash of hashes) {
      if (hash === undefined) continue;
      if (includes(this.training, hash)) training++;
      else if (includes(this.validation, hash)) validation++;
    }
    return { training, validation };
  }
}

function includes(sorted: BigUint64Array, wanted: bigint): boolean {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low < sorted.length && sorted[low] === wanted;
}

/** What the figures of a data set that a bundle has partly seen are worth, in a sentence or two; undefined if it has not. */
export function seenWarning({ training, validation }: SeenCounts, images: number): string | undefined {
  const part = (count: number) =>
    count === images
      ? `All ${images.toLocaleString("en-US")}`
      : `${count.toLocaleString("en-US")} of the ${images.toLocaleString("en-US")}`;
  const advice = "Measure on images that it has not seen.";
  if (training > 0) {
    const also =
      validation > 0
        ? `, and its thresholds and its best epoch were chosen on ${validation.toLocaleString("en-US")} others`
        : "";
    return `${part(training)} images are ones that the bundle was trained on${also}. New images will give worse figures. ${advice}`;
  }
  if (validation === 0) return undefined;
  return (
    `${part(validation)} images are validation images of the bundle: its thresholds and its best epoch were chosen on them. ` +
    `New images will give somewhat worse figures. ${advice}`
  );
}
