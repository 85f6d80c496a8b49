// The readers of files that strangers may have written, each with real files to begin from.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { parseManifest } from "../../src/bundle/manifest.js";
import { readSource } from "../../src/data/dataset/read.js";
import { openBytes } from "../../src/data/decode/decode.js";
import { plainSize } from "../../src/data/decode/jpeg/plain.js";
import { formatNamed } from "../../src/data/formats/index.js";
import { Problems } from "../../src/data/formats/problems.js";
import { decodeText, type Source } from "../../src/data/formats/source.js";
import { readNames } from "../../src/data/formats/yolo-names.js";
import { GraphBuilder } from "../../src/graph/builder.js";
import { Graph } from "../../src/graph/graph.js";
import { readOnnx, writeOnnx } from "../../src/graph/onnx.js";
import { float32 } from "../../src/graph/tensor.js";
import { onnxBackbone } from "../../src/models/onnx-backbone.js";
import { stateDictIn } from "../../src/models/weights/checkpoint.js";
import { unpickle } from "../../src/models/weights/pickle.js";
import { readStateDict } from "../../src/models/weights/state-dict.js";
import { torchGlobals, torchStorage } from "../../src/models/weights/torch-pickle.js";

export interface Reader {
  readonly name: string;
  readonly seeds: readonly Uint8Array[];
  /** What it may take above `mostMegabytes`. */
  readonly megabytes?: number;
  /** Reads what a file with these bytes says; throws a UserError where it is wrong. */
  read(bytes: Uint8Array): unknown;
}

const golden = new URL("../../../test/golden/weights/", import.meta.url);
const weights = (pattern: RegExp) =>
  readdirSync(golden)
    .filter((file) => pattern.test(file))
    .map((file) => readFileSync(new URL(file, golden)))
    .filter(({ length }) => length < 20_000);

const text = (...texts: string[]) => texts.map((one) => Buffer.from(one));
const json = (...values: unknown[]) => text(...values.map((value) => JSON.stringify(value)));

/** @param folder an empty one, as fast as there is: some readers take files only */
export async function readers(folder: string): Promise<Reader[]> {
  // Two folders deep, so that looking for images does not go through the system's folder of temporary files.
  const inner = join(folder, "a", "b");
  mkdirSync(inner, { recursive: true });
  const asFile = (name: string, read: (path: string) => unknown) => (bytes: Uint8Array) => {
    const path = join(inner, name);
    writeFileSync(path, bytes);
    return read(path);
  };
  const labels = (format: string, ending: string) => async (bytes: Uint8Array) => {
    const table = await formatNamed(format).read(
      sourceOf(bytes, `labels${ending}`, inner),
      new Problems(),
      {},
    );
    for (let row = 0; row < Math.min(100, table.rows.length); row++) table.targets.some(row, Number.isNaN);
    return table;
  };
  const pickles: Record<string, { hex?: string } | unknown> = JSON.parse(
    readFileSync(new URL("pickles.json", golden), "utf8"),
  );
  const image = { create: { width: 24, height: 18, channels: 3, background: "teal" } } as const;
  const jpeg = await sharp(image).withMetadata({ orientation: 6 }).jpeg().toBuffer();
  return [
    {
      name: "pickle",
      seeds: [readFileSync(new URL("plain.pkl", golden)), ...pickledIn(pickles), ...weights(/old.*\.pth$/)],
      read: (bytes) =>
        stateDictIn(
          unpickle(bytes, { source: "a.pth", globals: torchGlobals, persistent: torchStorage }).value,
          "a.pth",
        ),
    },
    { name: "zip", seeds: weights(/\.(pth|zip|pt)$/), read: asFile("a.pth", readStateDict) },
    { name: "safetensors", seeds: weights(/\.safetensors$/), read: asFile("a.safetensors", readStateDict) },
    {
      name: "onnx",
      seeds: [false, true].map((classifies) => writeOnnx(classifyingGraph(classifies))),
      read: (bytes) => {
        const graph = readOnnx(bytes, "a.onnx");
        return graph.nodes.length > 0 && onnxBackbone(bytes);
      },
    },
    {
      name: "manifest",
      seeds: json(manifest),
      read: (bytes) => parseManifest(String(bytes), "multihot.json"),
    },
    {
      name: "csv",
      seeds: text(
        "image,labels\na.jpg,cat|dog\nb.jpg,\nsub/c.jpg,dog\n",
        "image,cat,dog,group\na.jpg,1,0,x\nb.jpg,?,0.5,y\n",
        'sep=;\nfile;tags\n"a;b.jpg";"cat, dog"\n"c\nd.jpg";bird\n',
        "\ufeffpath\tcat\tdog\na.jpg\ttrue\tFALSE\n",
      ),
      read: labels("csv", ".csv"),
    },
    {
      name: "coco",
      seeds: json({
        images: [
          { id: 1, file_name: "a.jpg", neg_category_ids: [3], not_exhaustive_category_ids: [4], site: "x" },
          { id: 2, coco_url: "http://images.example.org/train/b.jpg" },
        ],
        categories: [
          { id: 3, name: "cat" },
          { id: 4, name: "dog" },
        ],
        annotations: [
          { id: 1, image_id: 1, category_id: 4, segmentation: [[1, 2, 3]], bbox: [0, 0, 1, 1] },
          { id: 2, image_id: 2, category_id: 3 },
        ],
      }),
      read: labels("coco", ".json"),
    },
    {
      name: "label-studio",
      seeds: json([
        {
          id: 7,
          data: { image: "/data/upload/1/3f2a-a.jpg", site: "x" },
          annotations: [
            {
              ground_truth: true,
              result: [{ from_name: "tags", type: "choices", value: { choices: ["cat", "dog"] } }],
            },
          ],
        },
        {
          id: 8,
          data: { image: "/data/local-files/?d=b%20c.jpg" },
          annotations: [
            { was_cancelled: true },
            { result: [{ from_name: "unsure", type: "taxonomy", value: { taxonomy: [["a", "b"]] } }] },
          ],
        },
      ]),
      read: labels("label-studio", ".json"),
    },
    {
      name: "huggingface",
      seeds: text(
        '{"file_name":"a.jpg","labels":["cat","dog"]}\n{"file_name":"b.jpg","labels":[]}\n{"file_name":"c.jpg","labels":null}\n',
        '{"file_name":"a.jpg","cat":1,"dog":null}\n{"file_name":"b.jpg","cat":0.5,"dog":true}\n',
        '{"image":"a.jpg","objects":{"bbox":[[1,2,3,4]],"category":["cat"]}}\n{"image":"b.jpg","objects":[{"label":"dog"}]}\n',
      ),
      read: labels("huggingface", ".jsonl"),
    },
    {
      name: "voc",
      seeds: text(
        "<annotation><filename>a.jpg</filename><object><name>cat</name><difficult>0</difficult></object>" +
          "<object><name>dog &amp; co</name><difficult>1</difficult><bndbox><xmin>1</xmin></bndbox></object></annotation>",
        '<?xml version="1.0"?>\n<!-- c -->\n<annotation verified="yes"><folder>x</folder><filename>b</filename></annotation>\n',
      ),
      read: (bytes) => {
        const set = join(inner, "voc");
        mkdirSync(join(set, "Annotations"), { recursive: true });
        writeFileSync(join(set, "Annotations", "a.xml"), bytes);
        return readSource(set, { format: "voc" });
      },
    },
    {
      name: "yolo names",
      seeds: text(
        "names: [cat, dog]\nnc: 2\ntrain: images\n",
        "path: .\nnames:\n  0: cat\n  1: dog\n",
        "names:\n- cat\n- 'a: b'\nother: &a {x: [1, 2]}\nmore: *a\n",
      ),
      read: asFile("data.yaml", (path) => readNames([path])),
    },
    {
      name: "yolo labels",
      seeds: text("0 0.5 0.5 0.2 0.3\n1 0.1 0.1 0.2 0.2\n", "1 0 0 1 1 1 0 1\n"),
      read: (bytes) => readYolo(join(inner, "yolo-labels"), Buffer.from("names: [cat, dog]\n"), bytes),
    },
    {
      name: "jpeg header",
      seeds: [jpeg, await sharp(image).jpeg({ progressive: true }).toBuffer()],
      read: plainSize,
    },
    {
      name: "image",
      // A small file may be an image of 178,956,970 pixels, the most that PIL takes as well: 0.5 GB of RGB.
      megabytes: 1100,
      seeds: [
        jpeg,
        ...(await Promise.all(
          (["png", "webp", "gif", "tiff"] as const).map((format) => sharp(image).toFormat(format).toBuffer()),
        )),
      ],
      read: async (bytes) => (await openBytes(bytes, "a.jpg", { strict: true })).decode(2),
    },
  ];
}

/** A labels file whose bytes are in memory. */
function sourceOf(bytes: Uint8Array, name: string, folder: string): Source {
  return {
    path: join(folder, name),
    name,
    isFolder: false,
    folder,
    bytes: async () => bytes,
    text: async () => decodeText(bytes, name),
    head: async () => String(bytes.subarray(0, 4096)).trimStart(),
    entries: async () => ({ folders: [], files: [] }),
    files: async () => [],
  };
}

function readYolo(set: string, names: Uint8Array, labels: Uint8Array): unknown {
  mkdirSync(join(set, "images"), { recursive: true });
  mkdirSync(join(set, "labels"), { recursive: true });
  writeFileSync(join(set, "data.yaml"), names);
  writeFileSync(join(set, "images", "a.jpg"), "");
  writeFileSync(join(set, "labels", "a.txt"), labels);
  return readSource(set, { format: "yolo" });
}

/** The pickles that a file of tests holds, wherever they stand in it. */
function pickledIn(value: unknown): Uint8Array[] {
  if (typeof value === "string") {
    return /^[A-Za-z0-9+/]{16,}={0,2}$/.test(value) ? [Buffer.from(value, "base64")] : [];
  }
  return typeof value === "object" && value !== null
    ? Object.values(value).flatMap(pickledIn).slice(0, 40)
    : [];
}

/** A network of a convolution and, perhaps, a classifier. */
export function classifyingGraph(classifies = true): Graph {
  const graph = new Graph();
  const builder = new GraphBuilder(graph);
  builder.input({ name: "picture", type: "float32", shape: ["N", 3, 8, 8] });
  const weight = builder.initializer("conv.weight", float32([4, 3, 3, 3], new Float32Array(108).fill(0.1)));
  const conv = builder.node("Conv", ["picture", weight], {
    name: "conv",
    attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
  });
  const mean = builder.node("GlobalAveragePool", [builder.node("Relu", [conv])]);
  const flat = builder.node("Flatten", [mean], { attributes: { axis: 1 } });
  if (classifies) {
    const fc = builder.initializer("fc.weight", float32([5, 4], new Float32Array(20).fill(0.1)));
    builder.node("Gemm", [flat, fc], { name: "fc", attributes: { transB: 1 }, outputs: ["out"] });
    builder.output({ name: "out", type: "float32", shape: ["N", 5] });
  } else builder.output({ name: flat, type: "float32", shape: ["N", 4] });
  return graph;
}

/** A manifest in which nothing is wrong. */
export const manifest = {
  format: 1,
  labels: ["cat", "dog"],
  thresholds: [0.5, 0.4],
  thresholdFor: "f1",
  calibration: { method: "platt", scale: [1, 2], shift: [0, 0.1] },
  loss: { name: "asl", gammaPositive: 0 },
  preprocess: {
    resize: 256,
    crop: 224,
    interpolation: "bilinear",
    mean: [0.4, 0.4, 0.4],
    std: [0.2, 0.2, 0.2],
  },
  backbone: "resnet18",
  metrics: {
    ...{ images: 2, loss: 0.1, mAP: 1, microF1: 1, macroF1: null, hammingLoss: 0, subsetAccuracy: 1 },
    ...{ rankingAveragePrecision: 1, coverageError: 1, rankingLoss: 0, labels: [] },
  },
  created: "2025-01-31T12:00:00Z",
  selfCheck: { image: "self-check.jpg", probabilities: [0.1, 0.9] },
};
