// Bundle: a trained model read from its folder and checked.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../base/errors.js";
import { readRegular } from "../base/regular-file.js";
import type { Graph, ValueInfo } from "../graph/graph.js";
import { checksumProblems } from "./checksums.js";
import { presentFolder } from "./folder.js";
import { type Manifest, parseManifest } from "./manifest.js";
import { readModel } from "./read-model.js";

export const MODEL = "model.onnx";
export const MANIFEST = "multihot.json";

/** A bundle as its folder holds it. */
export interface Bundle {
  /** The folder, absolute. */
  readonly folder: string;
  readonly manifest: Manifest;
  /** `image` uint8 [N, size, size, 3] → `logits` and `probabilities`, float32 [N, labels]. */
  readonly graph: Graph;
  /** The picture of the self-check, as its file has it. */
  readonly selfCheckImage: Uint8Array;
}

/** Reads a bundle; throws a UserError with every problem that it has. */
export async function readBundle(dir: string): Promise<Bundle> {
  const folder = presentFolder(dir);
  const missing = [MODEL, MANIFEST].filter((file) => !existsSync(join(folder, file)));
  if (missing.length > 0) {
    const inside = join(dir, "bundle");
    const hint = existsSync(join(inside, MANIFEST))
      ? `${inside} is one.`
      : `A bundle is the folder "bundle" in the --out folder of multihot train.`;
    throw new UserError(`${dir} is not a bundle: it has no ${missing.join(" and no ")}. ${hint}`);
  }
  const problems: string[] = [];
  const manifest = await tried(problems, async () => {
    const source = join(dir, MANIFEST);
    return parseManifest((await readRegular(join(folder, MANIFEST))).toString("utf8"), source);
  });
  const graph = await tried(problems, async () =>
    readModel(await readRegular(join(folder, MODEL)), join(dir, MODEL)),
  );
  let selfCheckImage: Uint8Array | undefined;
  if (manifest) {
    const { image } = manifest.selfCheck;
    if (existsSync(join(folder, image))) selfCheckImage = await readRegular(join(folder, image));
    else problems.push(`${join(dir, image)}, the picture of the self-check, is missing.`);
    if (graph) problems.push(...modelProblems(graph, manifest, join(dir, MODEL)));
  }
  // What is wrong inside a file says more than that it was changed.
  if (problems.length === 0) problems.push(...(await checksumProblems(folder, dir)));
  if (!manifest || !graph || !selfCheckImage || problems.length > 0) {
    throw new UserError(`The bundle ${dir} cannot be used:`, problems);
  }
  return { folder, manifest, graph, selfCheckImage };
}

/** What `read` gives; or nothing, and the problems that it had. */
async function tried<T>(problems: string[], read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    problems.push(...(error.problems.length > 0 ? error.problems : [error.message]));
    return undefined;
  }
}

/** Where a model's inputs and outputs are not those that the manifest tells of. */
function modelProblems(graph: Graph, { labels, preprocess }: Manifest, file: string): string[] {
  const size = preprocess.crop;
  const wanted: [ValueInfo | undefined, ValueInfo][] = [
    [graph.inputs[0], { name: "image", type: "uint8", shape: ["N", size, size, 3] }],
    ...["logits", "probabilities"].map((name): [ValueInfo | undefined, ValueInfo] => [
      graph.outputs.find((output) => output.name === name),
      { name, type: "float32", shape: ["N", labels.length] },
    ]),
  ];
  const problems = wanted.flatMap(([found, value]) =>
    found && agrees(found, value)
      ? []
      : [`${file}: found ${found ? described(found) : `no ${value.name}`}, wanted ${described(value)}`],
  );
  if (graph.inputs.length > 1) {
    problems.push(`${file}: found ${graph.inputs.length} inputs, wanted image alone`);
  }
  return problems;
}

/** A dimension with a name, the batch's, may be called anything. */
function agrees(found: ValueInfo, wanted: ValueInfo): boolean {
  return (
    found.name === wanted.name &&
    found.type === wanted.type &&
    found.shape.length === wanted.shape.length &&
    wanted.shape.every((dimension, i) =>
      typeof dimension === "string" ? typeof found.shape[i] === "string" : found.shape[i] === dimension,
    )
  );
}

function described({ name, type, shape }: ValueInfo): string {
  return `${name} ${type} [${shape.join(", ")}]`;
}
