// Manifest: a bundle's `multihot.json` as far as a browser needs it, and the check of that part.
import { UserError } from "../base/errors.js";
import type { Manifest } from "../bundle/manifest.js";
import { interpolations } from "../data/resize/filters.js";
import { request } from "./download.js";

export type WebManifest = Pick<Manifest, "labels" | "thresholds" | "preprocess" | "selfCheck" | "model">;

/** Fetches `multihot.json` of the folder; throws a UserError if it is not a bundle's. */
export async function fetchManifest(folder: string): Promise<WebManifest> {
  const url = `${folder}multihot.json`;
  const response = await request(url, { cache: "no-cache" });
  let found: unknown;
  try {
    found = await response.json();
  } catch {
    // Servers of single-page applications answer with their page for what they do not have.
    throw new UserError(`${url} is not JSON. Is ${folder} the folder that multihot export has written?`);
  }
  const problems = problemsOf((found ?? {}) as Partial<Record<keyof Manifest, unknown>>);
  if (problems.length > 0) throw new UserError(`${url} does not describe a bundle:`, problems);
  return found as WebManifest;
}

function problemsOf({ format, labels, thresholds, preprocess, selfCheck }: Partial<Record<string, unknown>>) {
  if (format !== 1) return [`format: found ${JSON.stringify(format)}, wanted 1, which this version reads`];
  const { resize, crop, interpolation, fit = "crop" } = (preprocess ?? {}) as Record<string, unknown>;
  const { image, probabilities } = (selfCheck ?? {}) as Record<string, unknown>;
  const n = Array.isArray(labels) ? labels.length : 0;
  const numbers = (list: unknown) =>
    Array.isArray(list) && list.length === n && list.every((value) => typeof value === "number");
  const wanted: [string, boolean, string][] = [
    ["labels", n > 0, "a list of texts"],
    ["thresholds", numbers(thresholds), "a number for each label"],
    ["preprocess.resize", Number.isInteger(resize), "a whole number"],
    ["preprocess.crop", Number.isInteger(crop), "a whole number"],
    ["preprocess.interpolation", isInterpolation(interpolation), `one of ${interpolations.join(", ")}`],
    ["preprocess.fit", fit === "crop" || fit === "squash", "crop or squash"],
    ["selfCheck.image", typeof image === "string", "the name of a file"],
    ["selfCheck.probabilities", numbers(probabilities), "a number for each label"],
  ];
  return wanted.flatMap(([name, holds, what]) => (holds ? [] : [`${name}: wanted ${what}`]));
}

function isInterpolation(name: unknown): boolean {
  return interpolations.some((known) => known === name);
}
