// Crafted files: each is small, and made a reader slow, fill the memory or end with a fault of ours at some time.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseManifest } from "../../src/bundle/manifest.js";
import { checkDataset } from "../../src/data/check/check.js";
import { readNames } from "../../src/data/formats/yolo-names.js";
import { writeOnnx } from "../../src/graph/onnx.js";
import { onnxBackbone } from "../../src/models/onnx-backbone.js";
import { stateDictIn } from "../../src/models/weights/checkpoint.js";
import { unpickle } from "../../src/models/weights/pickle.js";
import { readStateDict } from "../../src/models/weights/state-dict.js";
import { torchGlobals, torchStorage } from "../../src/models/weights/torch-pickle.js";
import { classifyingGraph, manifest } from "./readers.js";

export interface Crafted {
  readonly name: string;
  /** Writes into an empty folder and reads; throws a UserError where that is the right answer. */
  run(folder: string): Promise<unknown>;
}

async function put(folder: string, name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return path;
}

const check = (data: string) => checkDataset(data, { decode: false });
const checked = (name: string, content: () => string) => async (folder: string) =>
  check(await put(folder, name, content()));
const lines = (count: number, line: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i));

export const crafted: readonly Crafted[] = [
  {
    name: "a pickle of 20,000 references to a dictionary of 20,000 entries",
    run: async () => {
      const options = { source: "a.pth", globals: torchGlobals, persistent: torchStorage };
      return stateDictIn(unpickle(referringPickle(20_000), options).value, "a.pth");
    },
  },
  {
    name: "a ZIP archive of 60,000 entries",
    run: async (folder) => readStateDict(await put(folder, "a.pth", manyEntries(60_000))),
  },
  {
    name: "safetensors with a name of 10 MB",
    run: async (folder) => {
      const header = Buffer.from(
        JSON.stringify({ ["x".repeat(1e7)]: { dtype: "F32", shape: [1], data_offsets: [0, 8] } }),
      );
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(header.length));
      return readStateDict(
        await put(folder, "a.safetensors", Buffer.concat([length, header, Buffer.alloc(8)])),
      );
    },
  },
  {
    name: "a manifest of 40,000 labels",
    run: async () => {
      const labels = lines(40_000, (i) => `label ${i}`);
      return parseManifest(JSON.stringify({ ...manifest, labels }), "multihot.json");
    },
  },
  {
    name: "an ONNX file without an output, where a classifier is looked for",
    run: async () => {
      const graph = classifyingGraph();
      graph.outputs = [];
      return onnxBackbone(writeOnnx(graph));
    },
  },
  {
    name: "COCO with a file name of 10 MB",
    run: checked("a.json", () =>
      JSON.stringify({
        images: [{ id: 1, file_name: `${"a/".repeat(5e6)}b.jpg` }],
        categories: [{ id: 1, name: "cat" }],
        annotations: [{ image_id: 1, category_id: 1 }],
      }),
    ),
  },
  {
    name: "COCO whose ids are lists, 100,000 deep",
    run: checked("a.json", () => {
      const deep = `${"[".repeat(1e5)}${"]".repeat(1e5)}`;
      const image = `{"id": ${deep}, "file_name": "a.jpg"}`;
      return `{"images": [${image}, ${image}], "categories": [], "annotations": [{"id": ${deep}, "image_id": ${deep}}]}`;
    }),
  },
  {
    name: "a CSV file of 200,000 columns",
    run: checked("a.csv", () => `image,${lines(200_000, (i) => `c${i}`).join(",")}\na.jpg,1\nb.jpg,0\n`),
  },
  {
    name: "a CSV file of 200,000 columns without a name and 200,000 short rows",
    run: checked("a.csv", () => `image,cat${",".repeat(200_000)}\n${"a,1\n".repeat(200_000)}`),
  },
  {
    name: "a CSV file of 20,000 rows, each with ten labels of its own",
    run: checked(
      "a.csv",
      () =>
        `image,labels\n${lines(20_000, (i) => `${i}.jpg,${lines(10, (j) => `${i}x${j}`).join("|")}`).join("\n")}\n`,
    ),
  },
  {
    name: "a CSV file with a label of 10 MB",
    run: checked("a.csv", () => `image,labels\na.jpg,${"ab".repeat(5e6)}\nb.jpg,cat\n`),
  },
  {
    name: "a CSV file with 500,000 labels",
    run: checked(
      "a.csv",
      () => `image,labels\na.jpg,${lines(500_000, (i) => `label${i}`).join("|")}\nb.jpg,label1\n`,
    ),
  },
  {
    name: "a YAML list of 3,000,000 names",
    run: async (folder) => readNames([await put(folder, "data.yaml", `names:\n${"- a\n".repeat(3e6)}`)]),
  },
  {
    name: "a YAML mapping of 60,000 names",
    run: async (folder) =>
      readNames([
        await put(folder, "data.yaml", `names:\n${lines(60_000, (i) => `  ${i}: n${i}\n`).join("")}`),
      ]),
  },
  {
    name: "YAML 100,000 deep, read twice",
    run: async (folder) => {
      const flow = await put(folder, "flow.yaml", `names: ${"[".repeat(1e5)}`);
      await readNames([flow]).catch(() => {});
      const block = await put(folder, "block.yaml", `names:\n${"- ".repeat(1e5)}a\n`);
      await readNames([block]).catch(() => {});
      return readNames([flow]);
    },
  },
  ...Object.entries({
    "a tag <__proto__>": "<annotation><filename>a.jpg</filename><__proto__>x</__proto__></annotation>",
    "an external entity":
      '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><annotation><filename>&b;</filename></annotation>',
    "entities that grow":
      `<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">${lines(9, (i) => `<!ENTITY ${"bcdefghij"[i]} "${`&${"abcdefghi"[i]};`.repeat(10)}">`).join("")}]>` +
      "<annotation><filename>&j;</filename></annotation>",
    "tags 100,000 deep": `<annotation>${"<a>".repeat(1e5)}${"</a>".repeat(1e5)}</annotation>`,
  }).map(([what, xml]) => ({
    name: `Pascal VOC with ${what}`,
    run: async (folder: string) => {
      await put(folder, "Annotations/a.xml", xml);
      return check(folder);
    },
  })),
  {
    name: "Hugging Face's labels, 100,000 deep",
    run: checked(
      "metadata.jsonl",
      () => `{"file_name": "a.jpg", "labels": ${"[".repeat(1e5)}${"]".repeat(1e5)}}\n`,
    ),
  },
  {
    name: "Hugging Face's columns called as what every object has",
    run: checked(
      "metadata.jsonl",
      () =>
        '{"file_name": "a.jpg", "constructor": 1, "__proto__": 0, "toString": 1}\n{"file_name": "b.jpg", "cat": 1}\n',
    ),
  },
  {
    name: "Hugging Face's columns, another one in each of 30,000 lines",
    run: checked("metadata.jsonl", () =>
      lines(30_000, (i) => `{"file_name": "${i}.jpg", "c${i}": 1}\n`).join(""),
    ),
  },
];

/** A dictionary that names another one again and again. */
function referringPickle(count: number): Uint8Array {
  const key = (i: number) => [0x4d, i & 255, i >> 8];
  const keys = Array.from({ length: count }, (_, i) => i);
  return Uint8Array.from([
    ...[0x80, 2, 0x7d, 0x71, 0, 0x28],
    ...keys.flatMap((i) => [...key(i), 0x4e]),
    ...[0x75, 0x30, 0x7d, 0x28],
    ...keys.flatMap((i) => [...key(i), 0x68, 0]),
    ...[0x75, 0x2e],
  ]);
}

/** A ZIP archive of empty files (APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16). */
function manyEntries(count: number): Uint8Array {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (let i = 0; i < count; i++) {
    const name = Buffer.from(`a/data/${i}`);
    const head = Buffer.alloc(30);
    head.writeUInt32LE(0x04034b50);
    head.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(offset, 42);
    local.push(head, name);
    central.push(entry, name);
    offset += head.length + name.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, directory, end]);
}
