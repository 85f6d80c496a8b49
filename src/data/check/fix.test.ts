// What --fix writes of each format: what could not be read is unknown there, never absent, and told.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import sharp from "sharp";
import { readDataset } from "../dataset/read.js";
import { checkDataset } from "./check.js";

let folder = "";
const pictures: Record<string, Buffer> = {};
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "multihot-fix-"));
  for (const [i, name] of ["a.jpg", "b.jpg", "c.jpg"].entries()) {
    const data = Uint8Array.from(
      { length: 64 * 64 * 3 },
      (_, at) => Math.imul(at + 1 + i * 9999, 2654435761) >>> 24,
    );
    pictures[name] = await sharp(data, { raw: { width: 64, height: 64, channels: 3 } })
      .jpeg()
      .toBuffer();
  }
});
after(() => rm(folder, { recursive: true }));

/** A new folder with these texts and the three pictures in `inside`. */
async function make(inside: string, texts: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(folder, "data-"));
  const files = Object.entries(pictures).map(([name, bytes]) => [join(inside, name), bytes] as const);
  for (const [name, content] of [...files, ...Object.entries(texts)]) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content);
  }
  return root;
}

/** All files of a folder and what they hold. */
async function snapshot(root: string): Promise<Record<string, string>> {
  const names = (await readdir(root, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  const files = names.map(({ parentPath, name }) => join(parentPath, name)).sort();
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, await readFile(file, "base64")] as const)),
  );
}

const object = (name: string) => `<object><name>${name}</name></object>`;
const xml = (file: string, ...objects: string[]) =>
  `<annotation><filename>${file}</filename>${objects.join("")}</annotation>`;
const lines = (...objects: object[]) => objects.map((line) => JSON.stringify(line)).join("\n");

const kept = "1 row keeps what could be read of it; the rest is unknown.";
const left = "1 row that could not be read was left out.";

const cases: [
  format: string,
  inside: string,
  texts: Record<string, string>,
  data: string,
  changes: string[],
][] = [
  [
    "yolo",
    "images",
    {
      "classes.txt": "cat\ndog\n",
      "labels/a.txt": "0 0.5 0.5 1 1\n7 0.5 0.5 1 1\n",
      "labels/b.txt": "1 0.5 0.5 1 1\n",
      "labels/d.txt": "1 0.5 0.5 1 1\n",
    },
    "",
    [kept],
  ],
  [
    "voc",
    "JPEGImages",
    {
      "Annotations/a.xml": xml("a.jpg", object("cat"), object("")),
      "Annotations/b.xml": xml("b.jpg", object("dog")),
      "Annotations/c.xml": "<annotation>",
    },
    "",
    [left, kept],
  ],
  [
    "coco",
    ".",
    {
      "x.json": JSON.stringify({
        images: ["a.jpg", "b.jpg", "c.jpg"].map((name, id) => ({ id, file_name: name })),
        categories: [
          { id: 1, name: "cat" },
          { id: 2, name: "dog" },
        ],
        annotations: [
          [0, 1],
          [0, 9],
          [1, 2],
        ].map(([image_id, category_id], id) => ({ id, image_id, category_id })),
      }),
    },
    "x.json",
    [kept],
  ],
  [
    "huggingface",
    ".",
    {
      "metadata.jsonl": `${lines(
        { file_name: "a.jpg", labels: ["cat", 1] },
        { file_name: "b.jpg", labels: ["dog"] },
      )}\n{"file_name": "c.jpg`,
    },
    "",
    [left, kept],
  ],
  ["csv", ".", { "x.csv": "image,cat,dog\na.jpg,1,perhaps\nb.jpg,0,1\nc.jpg,1\n" }, "x.csv", [left, kept]],
];

describe("what could not be read is unknown in what fix writes, which is then clean and stays as it is", () => {
  for (const [format, inside, texts, data, changes] of cases) {
    test(format, async () => {
      const root = await make(inside, texts);
      const before = await snapshot(root);
      const out = join(folder, `${format}${format === "coco" ? ".json" : ".csv"}`);
      const report = await checkDataset(join(root, data), { fix: out });
      assert.deepEqual(await snapshot(root), before);
      assert.equal(report.format, format);
      assert.equal(report.findings[0].kind, "bad-row");
      assert.equal(
        report.findings.some(({ kind }) => kind === "stray-labels"),
        format === "yolo",
      );
      assert.deepEqual(report.fixed?.changes, changes);
      const { labels, pictures: read, targets } = await readDataset(out);
      const [a, b] = read.map((_, i) => [...targets.subarray(2 * i, 2 * i + 2)]);
      assert.deepEqual(
        [labels, a, b],
        [
          ["cat", "dog"],
          [1, -1],
          [0, 1],
        ],
      );
      const again = await checkDataset(out, { fix: out.replace(".", "-again.") });
      assert.deepEqual([again.errors, again.fixed?.changes], [0, []]);
    });
  }
});

test("labels that become one are told so that they can be told apart", async () => {
  const root = await make(".", {
    "x.jsonl": lines(
      { file_name: "a.jpg", labels: ["caf\u00e9", "dog\u00a0"] },
      { file_name: "b.jpg", labels: ["cafe\u0301"] },
      { file_name: "c.jpg", labels: ["caf\u00e9"] },
    ),
    "x.csv": "image,cat,cat,dog\na.jpg,1,0,1\nb.jpg,0,0,0\nc.jpg,0,?,1\n",
  });
  const { fixed } = await checkDataset(join(root, "x.jsonl"), { fix: join(root, "1.csv") });
  assert.deepEqual(fixed?.changes, [
    "The label cafe\u0301 (accents as letters of their own) became caf\u00e9.",
    'The label "dog\\u00a0" became dog.',
  ]);
  const twice = await checkDataset(join(root, "x.csv"), { fix: join(root, "2.csv") });
  assert.deepEqual(twice.fixed?.changes, ["2 columns called cat became one."]);
  const read = await readDataset(join(root, "2.csv"));
  assert.deepEqual(
    [read.labels, [...read.targets]],
    [
      ["cat", "dog"],
      [1, 1, 0, 0, 0, 1],
    ],
  );
});

test("the column of groups stays, also beside a column for each label", async () => {
  const root = await make(".", {
    "x.csv": "image,cat,dog,patient\na.jpg,1,?,p1\nb.jpg,0,1,p2\nc.jpg,0,0,p1\n",
    "y.csv": "image,labels,patient,site\na.jpg,cat,p1,s\nb.jpg,dog,p2,s\nb.jpg,,p2,s\n",
  });
  const groupBy = "patient";
  for (const name of ["x", "y"]) {
    const out = join(root, `${name}-fixed.csv`);
    await checkDataset(join(root, `${name}.csv`), { groupBy, fix: out });
    const { groups } = await readDataset(out, { groupBy });
    assert.deepEqual(groups, ["p1", "p2", "p1"].slice(0, name === "x" ? 3 : 2));
  }
});

test("a row that cannot be read hides no copy, and nothing that is in validation too", async () => {
  const root = await make(".", {
    "x.csv": "image,labels\na.jpg,cat,dog\nb.jpg,dog\na.jpg,cat\nsame.jpg,cat\n",
    "val.csv": "image,labels\nleaked.jpg,dog\n",
  });
  await writeFile(join(root, "same.jpg"), pictures["a.jpg"]);
  await writeFile(join(root, "leaked.jpg"), pictures["b.jpg"]);
  const out = join(root, "fixed.csv");
  const { fixed } = await checkDataset(join(root, "x.csv"), { val: join(root, "val.csv"), fix: out });
  assert.deepEqual(fixed?.changes, [
    "1 row that could not be read was left out.",
    "1 copy of a picture was joined with it.",
    "1 picture that is in validation too was left out.",
    "No row is left with dog: no label any more.",
  ]);
  assert.equal(await readFile(out, "utf8"), "image,labels\na.jpg,cat\n");
});

test("two images of one id: nobody knows whose the annotations are", async () => {
  const root = await make(".", {
    "x.json": JSON.stringify({
      images: [
        { id: 1, file_name: "a.jpg" },
        { id: 1, file_name: "b.jpg" },
        { id: 2, file_name: "c.jpg" },
      ],
      categories: [{ id: 1, name: "cat" }],
      annotations: [
        { image_id: 1, category_id: 1 },
        { image_id: 2, category_id: 1 },
      ],
    }),
  });
  const out = join(root, "fixed.json");
  const { fixed } = await checkDataset(join(root, "x.json"), { fix: out });
  assert.deepEqual(fixed?.changes, ["2 rows that could not be read were left out."]);
  assert.deepEqual((await readDataset(out)).targets, Float32Array.of(1));
});

test("what was found is told also where nothing can be written", async () => {
  const root = await make(".", {
    "gone.csv": "image,labels\ngone.jpg,cat\n",
    "lost.csv": "image,labels\na.jpg,\ngone.jpg,cat\n",
    "bare.csv": "image,labels\na.jpg,\nb.jpg,cat,dog\n",
    "tags.csv": "image,labels\na.jpg,cat\n",
    "columns.jsonl": lines(
      { file_name: "a.jpg", Tags: 1, cat: null },
      { file_name: "b.jpg", Tags: 0, cat: 1 },
    ),
  });
  const gone = await checkDataset(join(root, "gone.csv"), { fix: join(root, "1.csv") });
  assert.equal(gone.findings[0].kind, "missing-file");
  assert.match(gone.unfixed ?? "", /^Nothing of .*gone\.csv is left to write\.$/);
  assert.equal(gone.fixed, undefined);
  const lost = await checkDataset(join(root, "lost.csv"), { fix: join(root, "5.csv") });
  assert.match(lost.unfixed ?? "", /^No label of .*lost\.csv is left to write\.$/);
  const bare = await checkDataset(join(root, "bare.csv"), { fix: join(root, "4.csv") });
  assert.match(bare.unfixed ?? "", /^No label of .*bare\.csv is left to write\.$/);
  const named = await checkDataset(join(root, "columns.jsonl"), { fix: join(root, "2.csv") });
  assert.match(named.unfixed ?? "", /"Tags" cannot be written as CSV/);
  const closed = await checkDataset(join(root, "tags.csv"), { fix: join(root, "a.jpg", "3.csv") });
  assert.match(closed.unfixed ?? "", /3\.csv cannot be written: .*ENOTDIR|EEXIST/);
});

test("a name that cannot be is told before anything is decoded", async () => {
  const root = await make(".", { "x.csv": "image,labels\na.jpg,cat\n" });
  const data = join(root, "x.csv");
  const onProgress = () => assert.fail("it began");
  await assert.rejects(checkDataset(data, { fix: data, onProgress }), /exists already/);
  await assert.rejects(checkDataset(data, { fix: join(root, "y.json"), onProgress }), /ends in \.csv/);
});
