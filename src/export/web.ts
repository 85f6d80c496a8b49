// The format web: a folder that any static server can serve: a page, the bundle, and ONNX Runtime for browsers.
//
// The folder is a bundle like any other. Its self-check is a PNG, which every decoder reads alike, with the
// numbers that the exported weights give; and its manifest has the model's hash, by which browsers keep it.
import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { cp, mkdir, readdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { UserError } from "../base/errors.js";
import { MANIFEST, MODEL } from "../bundle/bundle.js";
import { replaceFolder } from "../bundle/folder.js";
import type { Manifest } from "../bundle/manifest.js";
import { Model } from "../bundle/model.js";
import { readModel } from "../bundle/read-model.js";
import { openPicture } from "../data/decode/decode.js";
import { ortEngine } from "../engines/index.js";
import type { Graph } from "../graph/graph.js";
import { writeOnnx } from "../graph/onnx.js";
import { byteWeights, halfWeights } from "../graph/passes/pack.js";
import { runtimeFiles } from "../web/runtime-files.js";
import type { Format } from "./format.js";
import { inferenceGraph } from "./inference-graph.js";

const PAGE = "index.html";
const SELF_CHECK = "self-check.png";
const site = fileURLToPath(new URL("../web/site", import.meta.url));

const packings = { fp32: (graph: Graph) => graph, fp16: halfWeights, int8: byteWeights };

export const web: Format = {
  description: "a folder for any static server: page, model, runtime; --precision int8 quarters the weights",
  out: "folder",
  precisions: ["fp16", "int8", "fp32"],
  async export({ bundle, settings, hooks }) {
    const runtime = runtimePaths();
    const out = resolve(settings.out);
    await checkReplaceable(out, settings.out);
    const graph = packings[settings.precision](inferenceGraph(bundle.graph));
    const model = writeOnnx(graph);
    const picture = await asPng(bundle.selfCheckImage);
    const probabilities = await probabilitiesOf(model, picture, bundle.manifest);
    const moved = largestDifference(probabilities, bundle.manifest.selfCheck.probabilities);
    if (settings.precision !== "fp32") {
      hooks.onNote?.(
        `On the bundle's own picture, no probability moved by more than ${moved.toFixed(4)} with weights in ` +
          `${settings.precision}.`,
      );
    }
    const manifest: Manifest = {
      ...bundle.manifest,
      selfCheck: { image: SELF_CHECK, probabilities },
      model: { bytes: model.length, sha256: createHash("sha256").update(model).digest("hex") },
    };
    await replaceFolder(out, async (folder) => {
      await cp(site, folder, { recursive: true });
      await writeFile(join(folder, MODEL), model);
      await writeFile(join(folder, SELF_CHECK), picture);
      await writeFile(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
      await mkdir(join(folder, "runtime"));
      for (const [name, path] of runtime) await cp(path, join(folder, "runtime", name));
    });
    const files = (await readdir(out, { recursive: true }))
      .map((name) => join(out, name))
      .filter((path) => statSync(path).isFile());
    const page = join(out, PAGE);
    return { files: [page, ...files.filter((file) => file !== page).sort()] };
  },
};

/** ONNX Runtime's files for browsers, by name. */
function runtimePaths(): Map<string, string> {
  const names = Object.values(runtimeFiles).flatMap(({ script, wasm }) => [
    script,
    `${wasm}.mjs`,
    `${wasm}.wasm`,
  ]);
  let found: string;
  try {
    found = import.meta.resolve("onnxruntime-web/ort-wasm-simd-threaded.wasm");
  } catch {
    throw new UserError(
      "The format web needs the package onnxruntime-web, which is not installed; install it beside multihot: " +
        "npm install onnxruntime-web",
    );
  }
  const paths = new Map(names.map((name) => [name, fileURLToPath(new URL(name, found))]));
  const missing = [...paths.values()].filter((path) => !existsSync(path));
  if (missing.length > 0) {
    throw new UserError(
      "The package onnxruntime-web is of a version without these files; 1.30 has them:",
      missing,
    );
  }
  return paths;
}

/** @throws UserError for a folder with files that no export has written: all of it would be replaced */
async function checkReplaceable(out: string, named: string): Promise<void> {
  if (!existsSync(out)) return;
  const files = await readdir(out);
  if (files.length === 0 || [PAGE, MANIFEST, MODEL, "runtime"].every((name) => files.includes(name))) return;
  throw new UserError(
    `${named} is a folder with other files, such as ${files[0]}, and an export replaces the whole folder; name ` +
      "one that is new, empty or an earlier export.",
  );
}

/** The decoded picture, upright, as it is. */
async function asPng(picture: Uint8Array): Promise<Uint8Array> {
  const { pixels } = await (await openPicture(picture)).decode();
  const { data, width, height } = pixels;
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

/** What the model file gives for a picture. */
async function probabilitiesOf(
  model: Uint8Array,
  picture: Uint8Array,
  { preprocess, labels }: Manifest,
): Promise<number[]> {
  const opened = await Model.open(readModel(model, MODEL), preprocess, labels, ortEngine());
  return opened.probabilitiesOf(picture).finally(() => opened.close());
}

function largestDifference(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((value, i) => Math.abs(value - b[i])));
}
