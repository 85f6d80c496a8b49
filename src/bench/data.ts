// The pictures that rows with files are measured on: a user's data set or a part of it, or drawn ones.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Dataset } from "../data/dataset/dataset.js";
import { readDataset } from "../data/dataset/read.js";
import { subset } from "../data/dataset/subset.js";
import { csvText } from "../data/formats/csv-text.js";
import { writeSample } from "../data/sample/sample.js";
import { partSets, readNamed } from "../training/input/read-datasets.js";

export interface BenchData {
  /** Labels files, as our side reads them, and both as one JSON file for PyTorch's. */
  readonly data: string;
  readonly val: string;
  readonly json: string;
}

/** Pictures that are drawn where none are told, of a photograph's size. */
const DRAWN = { images: 160, size: 320 };

/**
 * @param folder where the files go; it is there
 * @param pictures of each part so many at most
 */
export async function benchData(
  folder: string,
  { data, val, pictures = Infinity }: { data?: string; val?: string; pictures?: number },
): Promise<BenchData> {
  const source = data ?? (await writeSample(join(folder, "drawn"), DRAWN));
  const sets = await partSets(
    await readNamed({ data: source, val, format: undefined, groupBy: undefined, unknown: "ignore" }),
    1,
  );
  const part = (set: Dataset) => {
    const length = Math.min(pictures, set.pictures.length);
    return subset(
      set,
      Uint32Array.from({ length }, (_, i) => i),
    );
  };
  const parts = { training: part(sets.training), validation: part(sets.validation) };
  const paths = { training: join(folder, "training.csv"), validation: join(folder, "validation.csv") };
  await mkdir(folder, { recursive: true });
  for (const name of ["training", "validation"] as const) {
    await writeFile(paths[name], csvText(parts[name], folder));
  }
  // A label without a positive picture in a part must not be lost between the two.
  await readDataset(paths.validation, { labels: parts.training.labels });
  const json = join(folder, "data.json");
  await writeFile(
    json,
    JSON.stringify({ training: plain(parts.training), validation: plain(parts.validation) }),
  );
  return { data: paths.training, val: paths.validation, json };
}

function plain({ labels, pictures, targets }: Dataset) {
  return {
    paths: pictures.map(({ path }) => path),
    targets: pictures.map((_, i) => [...targets.subarray(i * labels.length, (i + 1) * labels.length)]),
  };
}
