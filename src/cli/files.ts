// Files, folders and patterns on the command line, as the pictures that they stand for.
import { statSync } from "node:fs";
import { join } from "node:path";
import { glob, isDynamicPattern } from "tinyglobby";
import { openSource } from "../data/formats/source.js";

/** What sharp decodes, by the ends of names; a folder stands for the files that have one. */
const pictures = ["jpg", "jpeg", "jpe", "jfif", "png", "webp", "gif", "avif", "tif", "tiff"];

/** A picture's path, or an argument that stands for none, and why. */
export type Found = { image: string; error?: undefined } | { image: string; error: string };

/**
 * The pictures that the arguments stand for, in the arguments' order: a file for itself, a folder for all
 * pictures in it and below, sorted, and a pattern (`photos/*.jpg`) for what it matches, sorted.
 */
export async function expandImages(args: readonly string[]): Promise<Found[]> {
  const found = await Promise.all(args.map(expand));
  return found.flat();
}

async function expand(argument: string): Promise<Found[]> {
  const entry = statSync(argument, { throwIfNoEntry: false });
  if (entry?.isDirectory()) {
    const ending = new RegExp(`\\.(${pictures.join("|")})$`, "i");
    // Not by a pattern: that follows a link back to the folder itself, and finds each image twice.
    const files = (await (await openSource(argument)).files()).filter((file) => ending.test(file));
    if (files.length > 0) return files.map((file) => ({ image: join(argument, file) }));
    return [{ image: argument, error: `The folder holds no picture (${pictures.join(", ")}).` }];
  }
  if (!entry && isDynamicPattern(argument)) {
    const files = await glob(argument, { expandDirectories: false });
    if (files.length > 0) return files.sort().map((image) => ({ image }));
    return [{ image: argument, error: "No file matches this pattern." }];
  }
  // Reading it will say what is wrong with it.
  return [{ image: argument }];
}
