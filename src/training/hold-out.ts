// Hold-out: sets pictures aside for validation where the user names none, and writes down which.
import { writeFile } from "node:fs/promises";
import { UserError } from "../base/errors.js";
import { permutation, random } from "../base/random.js";
import type { Dataset } from "../data/dataset.js";

/** The part of the pictures that is set aside. */
export const HELD_OUT = 0.2;

/** The pictures of these indices, in this order. */
function subset(dataset: Dataset, indices: readonly number[]): Dataset {
  const labels = dataset.labels.length;
  const targets = new Float32Array(indices.length * labels);
  indices.forEach((from, to) => {
    targets.set(dataset.targets.subarray(from * labels, (from + 1) * labels), to * labels);
  });
  return { ...dataset, pictures: indices.map((i) => dataset.pictures[i]), targets };
}

/**
 * Parts a data set at random, as the seed says; both parts keep its order.
 * @throws UserError for fewer than two pictures
 */
export function holdOut(dataset: Dataset, seed: number): { training: Dataset; validation: Dataset } {
  const { pictures, source } = dataset;
  if (pictures.length < 2) {
    throw new UserError(
      `${source} holds ${pictures.length} picture; training and validating need at least one each.`,
    );
  }
  const count = Math.max(1, Math.round(pictures.length * HELD_OUT));
  const aside = new Set(permutation(pictures.length, random(seed, "hold out")).subarray(0, count));
  const all = pictures.map((_, i) => i);
  return {
    training: subset(
      dataset,
      all.filter((i) => !aside.has(i)),
    ),
    validation: subset(
      dataset,
      all.filter((i) => aside.has(i)),
    ),
  };
}

const quoted = (field: string) => (/[",\n\r]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field);

/** Writes a data set as CSV, one column a label, with absolute paths. */
export async function writeDataset(path: string, { labels, pictures, targets }: Dataset): Promise<void> {
  const rows = pictures.map((picture, i) => {
    const row = targets.subarray(i * labels.length, (i + 1) * labels.length);
    return [picture.path, ...Array.from(row, (target) => (target < 0 ? "" : String(target)))];
  });
  const lines = [["image", ...labels], ...rows].map((row) => `${row.map(quoted).join(",")}\n`);
  await writeFile(path, lines.join(""));
}
