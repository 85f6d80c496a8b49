// writeSample: a drawn multi-label data set on disk, for trying things out.
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import sharp from "sharp";
import { UserError } from "../../base/errors.js";
import { random } from "../../base/random.js";
import { drawScene } from "./scene.js";

/** What is drawn. */
export interface SampleOptions {
  /** How many pictures; default 600. */
  images?: number;
  /** Their side in pixels, 32 to 2048; default 128. */
  size?: number;
  /** Default 1. The same seed gives the same bytes. */
  seed?: number;
  /** Told how many pictures are drawn, of how many. */
  onProgress?: (done: number, total: number) => void;
}

async function entries(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw new UserError(`${folder} can't be read as a folder: ${String(error)}`);
  }
}

/**
 * Draws pictures of things and writes `folder/images/*.jpg` and `folder/labels.csv`.
 * @returns the path of the labels file
 * @throws UserError if the folder holds something already, or an option is out of its range
 */
export async function writeSample(
  folder: string,
  { images = 600, size = 128, seed = 1, onProgress }: SampleOptions = {},
): Promise<string> {
  const problems = [
    ...(Number.isInteger(images) && images > 0 ? [] : [`images is ${images}; 1 or more are wanted`]),
    ...(Number.isInteger(size) && size >= 32 && size <= 2048
      ? []
      : [`size is ${size}; 32 to 2048 pixels are wanted`]),
    ...(Number.isInteger(seed) ? [] : [`seed is ${seed}; a whole number is wanted`]),
  ];
  if (problems.length > 0) throw new UserError("No sample can be drawn:", problems);
  const target = resolve(folder);
  if ((await entries(target)).length > 0) {
    throw new UserError(`${target} is not empty. Name a new folder, or delete this one first.`);
  }
  await mkdir(join(target, "images"), { recursive: true });
  const digits = Math.max(4, String(images).length);
  const rows: string[] = new Array(images);
  let next = 0;
  let done = 0;
  const draw = async () => {
    while (next < images) {
      const i = next++;
      const stream = random(seed, "sample", i);
      const { svg, labels } = drawScene(stream, size);
      const name = `images/${String(i + 1).padStart(digits, "0")}.jpg`;
      const quality = 75 + stream.integer(20);
      const bytes = await sharp(Buffer.from(svg)).flatten().removeAlpha().jpeg({ quality }).toBuffer();
      await writeFile(join(target, name), bytes);
      rows[i] = `${name},${labels.join("|")}`;
      onProgress?.(++done, images);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, draw));
  const file = join(target, "labels.csv");
  await writeFile(file, `${["image,labels", ...rows].join("\n")}\n`);
  return file;
}
