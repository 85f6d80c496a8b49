// Numbers: data and options at the edge of what makes sense; training works, or gives the error that helps.
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { plain } from "../support/colours.js";
import { smallRun } from "../support/small-run.js";
import { command } from "./kills.js";
import type { Row } from "./table.js";

export interface NumbersCase {
  readonly name: string;
  /** The labels file, for 40 images called images/0.png to images/39.png. */
  readonly labels: (images: readonly string[]) => string;
  /** Options beside or in place of the usual ones. */
  readonly options?: readonly string[];
  /** What an error has to say; without it, training has to work. */
  readonly error?: RegExp;
  /** The images' side. */
  readonly side?: number;
}

const tags = (tagOf: (i: number) => string) => (images: readonly string[]) =>
  `image,labels\n${images.map((image, i) => `${image},${tagOf(i)}`).join("\n")}\n`;
const columns = (heads: string, valuesOf: (i: number) => string) => (images: readonly string[]) =>
  `image,${heads}\n${images.map((image, i) => `${image},${valuesOf(i)}`).join("\n")}\n`;
const usual = tags((i) => ["red|green", "green", "", "blue"][i % 4]);

export const numbersCases: readonly NumbersCase[] = [
  {
    name: "a loss that is not finite at a step",
    labels: usual,
    options: ["--lr", "1e30"],
    error: /the loss is (Infinity|NaN) at step [\s\S]*Try --lr/i,
  },
  {
    name: "targets outside 0..1",
    labels: columns("red,green", (i) => `${i},1`),
    error: /the column red holds .*wanted 1, 0, a number between/s,
  },
  { name: "soft targets", labels: columns("red,green", (i) => `${i / 40},1`) },
  { name: "one label", labels: tags((i) => (i % 2 ? "red" : "")) },
  { name: "one label that is everywhere", labels: tags(() => "red") },
  { name: "one image", labels: (images) => usual(images.slice(0, 1)), error: /image|picture/ },
  { name: "two images", labels: (images) => usual(images.slice(0, 2)) },
  { name: "a batch larger than the data", labels: usual, options: ["--batch", "1000"] },
  {
    name: "10,000 labels",
    labels: tags((i) => Array.from({ length: 250 }, (_, j) => `label ${i * 250 + j}`).join("|")),
    options: ["--epochs", "1"],
  },
  { name: "images of one pixel", labels: usual, side: 1 },
  { name: "all labels unknown", labels: columns("red,green", () => "?,?"), error: /unknown/ },
  { name: "one label unknown on every image", labels: columns("red,green", (i) => `?,${i % 2}`) },
];

/** Runs one case; what is wrong with how it ended, or undefined. */
export async function wrongNumber({
  labels,
  options = [],
  error,
  side,
}: NumbersCase): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "multihot-numbers-"));
  try {
    await smallRun(folder, 40);
    const images = Array.from({ length: 40 }, (_, i) => `images/${i}.png`);
    if (side !== undefined) {
      await mkdir(join(folder, "images"), { recursive: true });
      for (const [i, image] of images.entries()) {
        await writeFile(
          join(folder, image),
          await plain([i * 6, 255 - i * 6, (i % 4) * 60], "png", side, side),
        );
      }
    }
    await writeFile(join(folder, "labels.csv"), labels(images));
    const { code, output } = await command([
      ...["train", join(folder, "labels.csv"), "--out", join(folder, "run")],
      ...["--backbone", join(folder, "backbone.onnx"), "--size", "32", "--batch", "8", "--epochs", "2"],
      ...["--lr", "0.01", "--engine", "ort", "--threads", "1", "--workers", "1", ...options],
    ]);
    if (error !== undefined) {
      return code === 1 && error.test(output) ? undefined : `exit code ${code}: ${output.slice(-500)}`;
    }
    if (code !== 0) return `exit code ${code}: ${output.slice(-500)}`;
    const manifest = await readFile(join(folder, "run", "bundle", "multihot.json"), "utf8");
    return JSON.parse(manifest).selfCheck.probabilities.every(Number.isFinite)
      ? undefined
      : "probabilities that are not finite";
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export async function numbers(): Promise<Row> {
  const notes: string[] = [];
  for (const one of numbersCases) {
    const wrong = await wrongNumber(one);
    if (wrong !== undefined) notes.push(`${one.name}: ${wrong}`);
  }
  const tried = numbersCases.length;
  return { what: "numbers at the edge", tried, survived: tried - notes.length, notes };
}
