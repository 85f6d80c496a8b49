// Each format as its own tools write it: recognised, and read to the targets that it means.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { UserError } from "../../base/errors.js";
import { type ReadOptions, readDataset, readSource } from "../read.js";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "multihot-formats-"));
});
after(() => rm(folder, { recursive: true }));

let made = 0;
/** A new folder with these files; null stands for bytes of their own. */
async function make(files: Readonly<Record<string, string | null>>): Promise<string> {
  const root = join(folder, String(++made));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text ?? `bytes of ${name}`);
  }
  return root;
}

/** The format that was recognised, the labels, and each picture's path from the folder with its targets. */
async function summary(root: string, inside = "", options: ReadOptions = {}) {
  const path = join(root, inside);
  const { format } = await readSource(path, options);
  const { labels, pictures, targets, groups } = await readDataset(path, options);
  const rows = pictures.map((picture, i) => [
    picture.path.replace(`${root}/`, ""),
    ...targets.subarray(i * labels.length, (i + 1) * labels.length),
  ]);
  return { format: format.name, labels, rows, ...(groups && { groups }) };
}

async function problemsOf(path: string, options?: ReadOptions): Promise<readonly string[]> {
  const error = await readDataset(path, options).then(
    () => assert.fail("it was read"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof UserError, String(error));
  return error.problems.length > 0 ? error.problems : [error.message];
}

describe("coco", () => {
  // As the COCO site documents it; `iscrowd` and outlines say nothing about whether a thing is there.
  const instances = {
    info: { year: 2017 },
    licenses: [],
    images: [
      { id: 397133, file_name: "000000397133.jpg", width: 640, height: 427, video: "v1" },
      { id: 37777, file_name: "000000037777.jpg", width: 352, height: 230, video: "v2" },
      { id: 5, file_name: "000000000005.jpg", width: 10, height: 10, video: "v1" },
    ],
    annotations: [
      {
        id: 1768,
        image_id: 397133,
        category_id: 44,
        bbox: [1, 2, 3, 4],
        iscrowd: 0,
        segmentation: [[1.5, 2, 3, 4.25]],
      },
      { id: 1773, image_id: 397133, category_id: 44, segmentation: { counts: 'a"]}\\"b', size: [1, 2] } },
      { segmentation: [], id: 9, image_id: 397133, category_id: 1, iscrowd: 1 },
      { id: 10, image_id: 37777, category_id: 90 },
    ],
    categories: [
      { supercategory: "person", id: 1, name: "person" },
      { supercategory: "kitchen", id: 44, name: "bottle" },
      { supercategory: "indoor", id: 90, name: "toothbrush" },
      { id: 91, name: 7 },
    ],
  };
  const expected = {
    format: "coco",
    labels: ["person", "bottle", "toothbrush", "7"],
    rows: [
      ["val2017/000000397133.jpg", 1, 1, 0, 0],
      ["val2017/000000037777.jpg", 0, 0, 1, 0],
      ["val2017/000000000005.jpg", 0, 0, 0, 0],
    ],
  };

  test("is read, and its pictures found beside its folder", async () => {
    const root = await make({
      "annotations/instances_val2017.json": JSON.stringify(instances),
      "train2017/000000000001.jpg": null,
      "val2017/000000397133.jpg": null,
      "val2017/000000037777.jpg": null,
    });
    assert.deepEqual(await summary(root, "annotations/instances_val2017.json"), expected);
    assert.deepEqual(
      (await summary(root, "annotations/instances_val2017.json", { groupBy: "video" })).groups,
      ["v1", "v2", "v1"],
    );
    assert.deepEqual(await summary(root), expected);
    const indented = await make({ "a.json": JSON.stringify(instances, null, 1) });
    assert.deepEqual((await summary(indented, "a.json")).labels, expected.labels);
  });

  test("with LVIS's keys tells what is unknown", async () => {
    const root = await make({
      "lvis.json": JSON.stringify({
        images: [
          {
            id: 1,
            coco_url: "http://images.cocodataset.org/val2017/1.jpg",
            neg_category_ids: [2],
            not_exhaustive_category_ids: [1],
          },
          { id: 2, file_name: "val2017/2.jpg", neg_category_ids: [], not_exhaustive_category_ids: [] },
          { id: 3, file_name: "val2017/3.jpg", not_exhaustive_category_ids: [3] },
        ],
        categories: [1, 2, 3].map((id) => ({ id, name: `c${id}`, synonyms: [] })),
        annotations: [
          { id: 1, image_id: 1, category_id: 1 },
          { id: 2, image_id: 2, category_id: 3 },
          { id: 3, image_id: 3, category_id: 1 },
        ],
      }),
    });
    assert.deepEqual((await summary(root, "lvis.json")).rows, [
      ["val2017/1.jpg", 1, 0, -1],
      ["val2017/2.jpg", -1, -1, 1],
      ["val2017/3.jpg", 1, 0, -1],
    ]);
  });

  test("that does not hold together is told, all at once", async () => {
    const broken = {
      images: [{ id: 1, file_name: "a.jpg" }, { id: 1, file_name: "b.jpg" }, { id: 2 }],
      categories: [{ id: 1, name: "cat" }, { id: 2, name: "cat" }, { id: 3 }],
      annotations: [
        { id: 7, image_id: 99, category_id: 1 },
        { id: 8, image_id: 1, category_id: 77 },
      ],
    };
    const root = await make({ "a.json": JSON.stringify(broken) });
    assert.deepEqual(await problemsOf(join(root, "a.json")), [
      "row 2: two images have the id 1; each needs one of its own.",
      "row 2: an annotation has the category_id 77, which no category has.",
      "row 3: the image has no file_name; wanted the path of a picture.",
      "category 2: another one is called cat too; make one of them.",
      "category 3: it has no name.",
      "annotation 7: its image_id is that of no image.",
    ]);
    const cut = await make({ "a.json": JSON.stringify(instances).slice(0, 300), "b.json": '{"images": []}' });
    assert.match((await problemsOf(join(cut, "a.json")))[0], /a\.json is not JSON.*cut short/);
    assert.match((await problemsOf(join(cut, "b.json")))[0], /b\.json has no list categories/);
  });
});

describe("voc", () => {
  const xml = (file: string, objects: readonly [name: string, difficult: 0 | 1][]) => `<?xml version="1.0"?>
<annotation>
	<folder>VOC2007</folder><filename>${file}</filename>
	<source><database>The VOC2007 Database</database></source>
	<size><width>353</width><height>500</height><depth>3</depth></size>
	<segmented>0</segmented>${objects
    .map(
      ([name, difficult]) => `
	<object>
		<name>${name}</name><pose>Left</pose><truncated>1</truncated><difficult>${difficult}</difficult>
		<bndbox><xmin>48</xmin><ymin>240</ymin><xmax>195</xmax><ymax>371</ymax></bndbox>
		<part><name>head</name><bndbox><xmin>1</xmin></bndbox></part>
	</object>`,
    )
    .join("")}
</annotation>`;
  const files = {
    "Annotations/000001.xml": xml("000001.jpg", [
      ["dog", 0],
      ["person", 0],
      ["person", 1],
    ]),
    "Annotations/000002.xml": xml("000002.jpg", [
      ["train &amp; tram", 1],
      ["007", 0],
    ]),
    "Annotations/000003.xml": xml("000003.jpg", []),
    "ImageSets/Main/trainval.txt": "000003\n000001\n",
    "ImageSets/Main/dog_val.txt": "000002 -1\n",
    "JPEGImages/000001.jpg": null,
    "JPEGImages/000002.jpg": null,
  };

  test("is read; what is only difficult is unknown", async () => {
    const root = await make(files);
    assert.deepEqual(await summary(root), {
      format: "voc",
      labels: ["007", "dog", "person", "train & tram"],
      rows: [
        ["JPEGImages/000001.jpg", 0, 1, 1, 0],
        ["JPEGImages/000002.jpg", 1, 0, 0, -1],
        ["JPEGImages/000003.jpg", 0, 0, 0, 0],
      ],
    });
  });

  test("is read in parts by a list of its ImageSets", async () => {
    const root = await make(files);
    assert.deepEqual((await summary(root, "ImageSets/Main/trainval.txt")).rows, [
      ["JPEGImages/000003.jpg", 0, 0],
      ["JPEGImages/000001.jpg", 1, 1],
    ]);
    assert.equal((await summary(root, "ImageSets/Main/dog_val.txt")).rows.length, 1);
    const wrong = await make({ ...files, "ImageSets/Main/all.txt": "000001\n000009\n" });
    assert.deepEqual(await problemsOf(join(wrong, "ImageSets/Main/all.txt")), [
      "row 2: there is no Annotations/000009.xml.",
    ]);
  });

  // torchvision pairs by the XML's name alone; labelImg before 1.5 wrote the picture's without its ending.
  test("is read where the file's name has no ending, another one, or is that of the picture once", async () => {
    const root = await make({
      "annotations/a.xml": xml("a", [["cat", 0]]),
      "annotations/b.xml": xml("b.PNG", [["dog", 0]]),
      "annotations/c.xml": xml("IMG_0001.JPG", []),
      "annotations/d.xml": xml("gone.jpg", []),
      "images/a.jpg": null,
      "images/b.jpg": null,
      "images/c.jpeg": null,
    });
    assert.deepEqual(await summary(root), {
      format: "voc",
      labels: ["cat", "dog"],
      rows: [
        ["images/a.jpg", 1, 0],
        ["images/b.jpg", 0, 1],
        ["images/c.jpeg", 0, 0],
        ["images/gone.jpg", 0, 0],
      ],
    });
  });

  test("is read where the XML stands beside the pictures", async () => {
    const root = await make({
      "x/a.xml": xml("a.png", [["cat", 0]]),
      "x/a.png": null,
      "b.xml": xml("b.png", []),
      "b.png": null,
    });
    assert.deepEqual((await summary(root)).rows, [
      ["b.png", 0],
      ["x/a.png", 1],
    ]);
  });

  test("that is broken is told by the file", async () => {
    const root = await make({
      "Annotations/a.xml": "<annotation><filename>a.jpg</filename>",
      "Annotations/b.xml": "<annotation></annotation>",
      "Annotations/c.xml":
        "<annotation><filename>c.jpg</filename><object><pose>x</pose></object></annotation>",
      "Annotations/d.xml": "<other/>",
      "Annotations/e.xml": "<annotation><object><name>cat</name></object></annotation>",
      "Annotations/f.xml": "<annotation>\n<filename>f & g.jpg</filename></annotation>",
    });
    await writeFile(
      join(root, "Annotations/g.xml"),
      Buffer.from("<annotation>M\xfcll</annotation>", "latin1"),
    );
    assert.deepEqual(await problemsOf(root), [
      "Annotations/a.xml: it is not whole XML, from line 1 on; wanted Pascal VOC's XML.",
      "Annotations/b.xml and Annotations/d.xml: it has no annotation; wanted Pascal VOC's XML.",
      "Annotations/e.xml: it has no filename; wanted Pascal VOC's XML.",
      "Annotations/f.xml: it is not whole XML, from line 2 on; wanted Pascal VOC's XML.",
      "Annotations/g.xml: it is not text in UTF-8; wanted Pascal VOC's XML.",
      "Annotations/c.xml: an object has no name.",
    ]);
  });
});

describe("yolo", () => {
  const expected = {
    format: "yolo",
    labels: ["cat", "hot dog", "bird's nest"],
    rows: [
      ["images/a.jpg", 1, 0, 1],
      ["images/b.jpg", 0, 0, 0],
      ["images/sub/c.png", 0, 1, 0],
    ],
  };
  const files = {
    "images/a.jpg": null,
    "images/b.jpg": null,
    "images/sub/c.png": null,
    "labels/a.txt": "0 0.5 0.5 0.1 0.1\r\n2 0.1 0.2 0.3 0.4 0.5 0.6 0.7\r\n0 0.2 0.2 0.1 0.1\r\n",
    "labels/sub/c.txt": "1 0.5 0.5 1 1",
  };
  const names: Record<string, string> = {
    "data.yaml a list":
      "train: images\nval: images\n\nnc: 3\nnames: ['cat', \"hot dog\", 'bird''s nest']  # ours\n",
    "data.yaml lines with numbers":
      "path: ../x # root\ntrain: images\nnames:\n  0: cat\n  1: hot dog # food\n  2: bird's nest\n\nnc: 3\n",
    "data.yaml lines with dashes": "names:\n- cat\n- 'hot dog'\n- \"bird's nest\"\nnc: 3\ntrain: x\n",
    "data.yaml indented dashes": "train: x\nnames:\n  # the labels\n  - cat\n\n  - hot dog\n  - bird's nest",
    "data.yaml a list over lines": 'names: [\n  "cat", # one\n  hot dog,\n  "bird\'s nest",\n]\nnc: 3\n',
    "data.yaml in braces": 'names: {0: cat, 1: "hot dog", 2: "bird\'s nest"}\n',
    "classes.txt": "cat\r\nhot dog\r\nbird's nest\r\n",
    "coco8.yaml, called what the set is":
      "path: coco8\ntrain: images\nnames:\n  0: cat\n  1: hot dog\n  2: bird's nest\n",
    "obj.names": "cat\nhot dog\nbird's nest",
    "labels/classes.txt": "cat\nhot dog\nbird's nest\n",
  };
  for (const [what, text] of Object.entries(names)) {
    test(`is read with its names in ${what}`, async () => {
      assert.deepEqual(await summary(await make({ ...files, [what.split(/,? /)[0]]: text })), expected);
    });
  }

  test("is read with the labels beside the pictures", async () => {
    const root = await make({
      "classes.txt": "cat\ndog\n",
      "a.jpg": null,
      "a.txt": "1 0 0 0 0\n",
      "b.jpg": null,
    });
    assert.deepEqual((await summary(root)).rows, [
      ["a.jpg", 0, 1],
      ["b.jpg", 0, 0],
    ]);
  });

  test("notes files of labels that belong to no picture, and no others", async () => {
    const root = await make({
      ...files,
      "classes.txt": "cat\nhot dog\nbird's nest\n",
      "labels/gone.txt": "1 0.5 0.5 0.1 0.1\n",
      "labels/sub/gone.txt": "0 0.5 0.5 0.1 0.1\n1 0.5 0.5 0.1 0.1",
      "labels/classes.txt": "cat\n",
      "labels/notes.txt": "3 pictures are missing\n",
      "labels/empty.txt": "",
    });
    const { problems } = await readSource(root, {});
    assert.deepEqual(problems.strays, ["labels/gone.txt", "labels/sub/gone.txt"]);
    assert.deepEqual(await summary(root), expected);
  });

  test("is read in parts, one of which must be named", async () => {
    const parts = {
      "data.yaml": "names: [cat, dog]\n",
      "images/train/a.jpg": null,
      "images/val/b.jpg": null,
      "labels/train/a.txt": "0 0 0 0 0\n",
      "labels/val/b.txt": "1 0 0 0 0\n",
    };
    const root = await make(parts);
    assert.match(
      (await problemsOf(root))[0],
      /holds the parts train, val of a data set\. Name one of them, such as .*images\/train/,
    );
    assert.deepEqual(await summary(root, "images/val"), {
      format: "yolo",
      labels: ["cat", "dog"],
      rows: [["images/val/b.jpg", 0, 1]],
    });
    const roboflow = await make({
      "data.yaml": "names: [cat, dog]\n",
      "train/images/a.jpg": null,
      "train/labels/a.txt": "0 0 0 0 0\n",
      "valid/images/b.jpg": null,
      "valid/labels/b.txt": "1 0 0 0 0\n",
    });
    assert.match((await problemsOf(roboflow))[0], /holds the parts train, valid/);
    assert.deepEqual((await summary(roboflow, "train/images")).rows, [["train/images/a.jpg", 1, 0]]);
    assert.deepEqual((await summary(roboflow, "train")).rows, [["train/images/a.jpg", 1, 0]]);
  });

  test("says what to name in place of the file with the names", async () => {
    const root = await make({ ...files, "data.yaml": "names: [cat, dog]\n" });
    assert.match(
      (await problemsOf(join(root, "data.yaml")))[0],
      /name their folder instead, such as .*images/,
    );
  });

  test("tells numbers that are none of a name, and names that are no list", async () => {
    const root = await make({ ...files, "classes.txt": "cat\nhot dog\n", "labels/b.txt": "\ncat 0 0 0 0\n" });
    assert.deepEqual(await problemsOf(root), [
      "labels/a.txt: line 2 begins with 2; wanted the number of one of the 2 names, from 0.",
      "labels/b.txt: line 2 begins with cat; wanted the number of one of the 2 names, from 0.",
    ]);
    for (const wrong of [
      "names: [a, [b]]\n",
      "names: |\n  cat\n",
      "nc: 3\n",
      "names:\n  0: a\n  2: c\n",
      "names: {a: b}\n",
    ]) {
      const bad = await make({ ...files, "data.yaml": wrong });
      assert.match((await problemsOf(bad))[0], /holds no list of names that we can read/, wrong);
    }
    assert.match(
      (await problemsOf(await make({ ...files, "data.yaml": "names: [a\n b: c" })))[0],
      /is not YAML/,
    );
    const twice = await make({ ...files, "classes.txt": "cat\ncat\n" });
    const cut = await make({ ...files, "data.yaml": "names: [a, b\n" });
    assert.match((await problemsOf(cut))[0], /data\.yaml is not YAML: .*\]/);
    assert.match((await problemsOf(twice))[0], /names cat twice/);
  });
});

describe("label-studio", () => {
  const choices = (labels: string[], more: object = {}) => ({
    from_name: "tags",
    to_name: "image",
    type: "choices",
    value: { choices: labels },
    ...more,
  });
  const task = (image: string, ...annotations: object[]) => ({
    id: 1,
    data: { image, patient: "p1" },
    annotations,
    predictions: [],
  });

  test("is read: choices, regions, doubts, and what nobody has looked at", async () => {
    const export_ = [
      task("/data/upload/1/3f2a1b-a%20b.jpg", { was_cancelled: false, result: [choices(["cat", "dog"])] }),
      task("/data/local-files/?d=sub%2Fb.jpg", {
        result: [
          { from_name: "box", type: "rectanglelabels", value: { x: 1, y: 2, rectanglelabels: ["car"] } },
          {
            from_name: "mask",
            type: "brushlabels",
            value: { format: "rle", rle: [1, 2], brushlabels: ["dog"] },
          },
          { from_name: "quality", type: "rating", value: { rating: 4 } },
          choices(["cat"], { from_name: "unknown" }),
        ],
      }),
      task("https://studio.example.org/data/upload/1/c.jpg", { result: [] }),
      task("d.jpg"),
      task("e.jpg", { was_cancelled: true, result: [choices(["cat"])] }),
      task("f.jpg", { result: [choices(["cat", "dog"])] }, { result: [choices(["cat"])] }),
      task("g.jpg", { result: [choices(["cat"])] }, { ground_truth: true, result: [choices(["car"])] }),
    ];
    const root = await make({
      "export.json": JSON.stringify(export_),
      "images/3f2a1b-a b.jpg": null,
      "images/sub/b.jpg": null,
      "images/c.jpg": null,
    });
    const found = await summary(root, "export.json", { groupBy: "patient" });
    assert.deepEqual(found, {
      format: "label-studio",
      labels: ["car", "cat", "dog"],
      rows: [
        ["images/3f2a1b-a b.jpg", 0, 1, 1],
        ["images/sub/b.jpg", 1, -1, 1],
        ["images/c.jpg", 0, 0, 0],
        ["images/d.jpg", -1, -1, -1],
        ["images/e.jpg", -1, -1, -1],
        ["images/f.jpg", 0, 1, -1],
        ["images/g.jpg", 1, 0, 0],
      ],
      groups: Array(7).fill("p1"),
    });
  });

  test("is read where the server keeps what was uploaded", async () => {
    const root = await make({
      "project-3.json": JSON.stringify([task("/data/upload/3/3f2a-a.jpg", { result: [choices(["cat"])] })]),
      "media/upload/3/3f2a-a.jpg": null,
    });
    assert.deepEqual((await summary(root)).rows, [["media/upload/3/3f2a-a.jpg", 1]]);
  });

  test("that is another export, or names what is no file, is told", async () => {
    const root = await make({
      "min.json": JSON.stringify([{ image: "a.jpg", choice: "cat" }]),
      "web.json": JSON.stringify([task("https://example.org/a.jpg", { result: [choices(["cat"])] })]),
      "text.json": JSON.stringify([{ data: { text: "Hello" }, annotations: [] }]),
    });
    assert.match((await problemsOf(join(root, "min.json")))[0], /export as JSON \(not JSON-MIN\)/);
    assert.match(
      (await problemsOf(join(root, "web.json")))[0],
      /^row 1: https:\/\/example\.org\/a\.jpg is an address/,
    );
    assert.match((await problemsOf(join(root, "text.json")))[0], /^row 1: the task's data names no picture/);
  });
});

describe("huggingface", () => {
  const lines = (...objects: object[]) => objects.map((object) => JSON.stringify(object)).join("\n");

  test("is read: lists of labels, one label, labels of objects", async () => {
    const shapes = [
      lines(
        { file_name: "a.jpg", labels: ["dog", "cat"], site: 3 },
        { file_name: "b.jpg", labels: [], site: 4 },
        { file_name: "sub/c.jpg", labels: ["cat"], site: 3 },
      ),
      lines(
        { file_name: "a.jpg", objects: { bbox: [[1, 2, 3, 4]], categories: ["dog", "cat"] } },
        { file_name: "b.jpg", objects: { bbox: [], categories: [] } },
        { file_name: "sub/c.jpg", objects: { categories: ["cat"] } },
      ),
    ];
    for (const text of shapes) {
      const root = await make({ "metadata.jsonl": text, "a.jpg": null });
      assert.deepEqual(await summary(root), {
        format: "huggingface",
        labels: ["cat", "dog"],
        rows: [
          ["a.jpg", 1, 1],
          ["b.jpg", 0, 0],
          ["sub/c.jpg", 1, 0],
        ],
      });
      assert.deepEqual(await summary(root, "metadata.jsonl"), await summary(root));
    }
    const grouped = await make({ "metadata.jsonl": shapes[0] });
    assert.deepEqual((await summary(grouped, "", { groupBy: "site" })).groups, ["3", "4", "3"]);
    const one = await make({
      "metadata.jsonl": lines({ file_name: "a.jpg", label: "cat" }, { file_name: "b.jpg", label: null }),
    });
    assert.deepEqual((await summary(one)).rows, [
      ["a.jpg", 1],
      ["b.jpg", -1],
    ]);
  });

  test("is read: objects one by one, and under their other names; what has none is told", async () => {
    const root = await make({
      "metadata.jsonl": lines(
        { file_name: "a.jpg", objects: [{ category: "dog", bbox: [1, 2, 3, 4] }, { category: "cat" }] },
        { file_name: "b.jpg", objects: { bbox: [[1, 2, 3, 4]], label: ["cat"] } },
        { file_name: "c.jpg", objects: [] },
        { file_name: "d.jpg", objects: null },
      ),
    });
    assert.deepEqual((await summary(root)).rows, [
      ["a.jpg", 1, 1],
      ["b.jpg", 1, 0],
      ["c.jpg", 0, 0],
      ["d.jpg", -1, -1],
    ]);
    const nameless = await make({
      "metadata.jsonl": lines(
        { file_name: "a.jpg", objects: { bbox: [[1, 2, 3, 4]] } },
        { file_name: "b.jpg", objects: [{ category: "cat" }, null] },
      ),
    });
    assert.deepEqual(await problemsOf(nameless), [
      'row 1: objects holds {"bbox":[[1,2,3,4]]}; wanted the names of labels, as texts.',
      "row 2: objects holds null; wanted the names of labels, as texts.",
    ]);
  });

  test("is read: a key for each label", async () => {
    const text = lines(
      { file_name: "a.jpg", cat: 1, dog: null, site: "x" },
      { file_name: "b.jpg", cat: false, dog: 0.25, site: "y" },
      { file_name: "c.jpg", dog: true, site: "x" },
    );
    const root = await make({ "metadata.jsonl": text });
    assert.deepEqual(await summary(root, "", { groupBy: "site" }), {
      format: "huggingface",
      labels: ["cat", "dog"],
      rows: [
        ["a.jpg", 1, -1],
        ["b.jpg", 0, 0.25],
        ["c.jpg", -1, 1],
      ],
      groups: ["x", "y", "x"],
    });
    assert.match((await problemsOf(root))[0], /^rows 1, 2 and 3: the key site holds "x", "y"; wanted 1, 0/);
  });

  test("tells numbers in place of names, and lines without a picture", async () => {
    const root = await make({
      "metadata.jsonl": lines({ file_name: "a.jpg", labels: [0, 1, 1] }, { labels: ["cat"] }),
    });
    const problems = await problemsOf(root);
    assert.match(problems[0], /^row 1: labels holds 0; wanted the names/);
    assert.match(problems[1], /^row 2: the line has no file_name/);
    const cut = await make({ "metadata.jsonl": '{"file_name": "a.jpg", "labels": [\n{"labels": ["cat"]}' });
    const [first, second] = await problemsOf(cut);
    assert.match(first, /^row 1: it is not JSON: .*cut short/);
    assert.match(second, /^row 2: the line has no file_name/);
    const empty = await make({ "metadata.jsonl": "\n", "a.jpg": null });
    assert.match((await problemsOf(empty))[0], /has no row/);
  });
});

describe("folders", () => {
  test("are labels; the same file in several is one picture, whatever its name", async () => {
    const root = await make({
      "cat/1.jpg": "one",
      "cat/2.jpg": "two",
      "cat/deep/3.JPG": "three",
      "dog/1.jpg": "another one",
      "dog/x.jpg": "two",
      "empty/notes.txt": "no picture",
      "0.png": "none of them",
      ".hidden/1.jpg": "hidden",
    });
    assert.deepEqual(await summary(root), {
      format: "folders",
      labels: ["cat", "dog", "empty"],
      rows: [
        ["0.png", 0, 0, 0],
        ["cat/1.jpg", 1, 0, 0],
        ["cat/2.jpg", 1, 1, 0],
        ["cat/deep/3.JPG", 1, 0, 0],
        ["dog/1.jpg", 0, 1, 0],
      ],
    });
  });

  test("follow links, once, and list those that lead nowhere", async () => {
    const root = await make({ "cat/1.jpg": "one", "dog/2.jpg": "two", "store/3.jpg": "three" });
    await symlink("../store/3.jpg", join(root, "cat/3.jpg"));
    await symlink("../store/4.jpg", join(root, "dog/4.jpg"));
    await symlink("..", join(root, "dog/up"));
    await symlink("dog", join(root, "hound"));
    assert.deepEqual(await summary(root), {
      format: "folders",
      labels: ["cat", "dog", "hound", "store"],
      rows: [
        ["cat/1.jpg", 1, 0, 0, 0],
        ["cat/3.jpg", 1, 0, 0, 1],
        ["dog/2.jpg", 0, 1, 1, 0],
        ["dog/4.jpg", 0, 1, 0, 0],
        ["hound/4.jpg", 0, 0, 1, 0],
      ],
    });
  });

  test("keep a second copy in one folder as a row of its own", async () => {
    const long = "x".repeat(9000);
    const root = await make({
      "a/1.jpg": long,
      "a/2.jpg": long,
      "b/3.jpg": long,
      "b/4.jpg": `${long.slice(1)}y`,
    });
    assert.deepEqual((await summary(root)).rows, [
      ["a/1.jpg", 1, 1],
      ["a/2.jpg", 1, 1],
      ["b/4.jpg", 0, 1],
    ]);
  });

  test("that are parts, or none, or hold labels files, are told apart", async () => {
    const plain = await make({ "1.jpg": null, "2.jpg": null });
    assert.match(
      (await problemsOf(plain))[0],
      /is a folder with 2 pictures and nothing that says what is in them\. We read/,
    );
    const images = await make({ "images/1.jpg": null, "images/2.jpg": null });
    assert.match((await problemsOf(images))[0], /with 2 pictures and nothing that says/);
    const parts = await make({ "train/cat/1.jpg": null, "train/dog/2.jpg": null, "test/cat/3.jpg": null });
    assert.match(
      (await problemsOf(parts))[0],
      /holds the parts test, train of a data set\. Name one of them/,
    );
    assert.equal((await summary(parts, "train")).format, "folders");
    const more = await make({ "train/1.jpg": null, "val/2.jpg": null, "notes/3.jpg": null });
    assert.match((await problemsOf(more))[0], /holds the parts train, val of a data set/);
    const trains = await make({ "train/1.jpg": null, "tram/2.jpg": null });
    assert.deepEqual((await summary(trains)).labels, ["train", "tram"]);
    const one = await make({ "cat/1.jpg": null, "2.jpg": null });
    assert.match((await problemsOf(one))[0], /If cat is a label, say --format folders\./);
    const labelled = await make({
      "images/1.jpg": null,
      "more/2.jpg": null,
      "labels.csv": "image,labels\nimages/1.jpg,cat\n",
    });
    assert.deepEqual(await summary(labelled), {
      format: "csv",
      labels: ["cat"],
      rows: [["images/1.jpg", 1]],
    });
    const several = await make({
      "images/1.jpg": null,
      "train.csv": "image,labels\n",
      "val.csv": "image,labels\n",
    });
    assert.match((await problemsOf(several))[0], /2 labels files; name one of train\.csv, val\.csv/);
    const empty = await make({ "a.json": "\n" });
    assert.match((await problemsOf(empty))[0], /a\.json is empty/);
  });

  test("that are parts beside labels files leave the word to these", async () => {
    const kaggle = await make({
      "sample_submission.csv": "image,labels\n",
      "train.csv": "image,labels\n",
      "train/1.jpg": null,
      "test/2.jpg": null,
    });
    assert.match((await problemsOf(kaggle))[0], /2 labels files; .* such as .*\/train\.csv\.$/);
    const coco = await make({
      "annotations/captions_train2017.json": "{}",
      "annotations/instances_train2017.json": "{}",
      "annotations/instances_val2017.json": "{}",
      "images/train2017/1.jpg": null,
      "images/val2017/2.jpg": null,
    });
    assert.match((await problemsOf(coco))[0], /3 labels files; .* such as .*\/instances_train2017\.json\.$/);
    const listed = await make({
      "metadata.jsonl": '{"file_name": "train/1.jpg", "labels": ["cat"]}',
      "train/1.jpg": null,
      "test/2.jpg": null,
    });
    assert.deepEqual((await summary(listed)).rows, [["train/1.jpg", 1]]);
  });

  test("hold pictures by all endings that cameras and browsers give them", async () => {
    const root = await make({ "cat/1.jfif": null, "cat/2.JPE": null, "dog/3.heic": null });
    assert.deepEqual((await summary(root)).rows, [
      ["cat/1.jfif", 1, 0],
      ["cat/2.JPE", 1, 0],
      ["dog/3.heic", 0, 1],
    ]);
  });
});

describe("csv", () => {
  test("groups pictures by a column that is no label", async () => {
    const root = await make({
      "tags.csv": "image,labels,patient\na.jpg,cat,p1\nb.jpg,dog,p2\n",
      "columns.csv": "image,cat,patient,dog\na.jpg,1,p1,0\nb.jpg,0,p2,1\n",
      "gap.csv": "image,labels,patient\na.jpg,cat,p1\nb.jpg,dog,\n",
    });
    const expected = {
      format: "csv",
      labels: ["cat", "dog"],
      rows: [
        ["a.jpg", 1, 0],
        ["b.jpg", 0, 1],
      ],
      groups: ["p1", "p2"],
    };
    assert.deepEqual(await summary(root, "tags.csv", { groupBy: "patient" }), expected);
    assert.deepEqual(await summary(root, "columns.csv", { groupBy: "patient" }), expected);
    assert.match(
      (await problemsOf(join(root, "tags.csv"), { groupBy: "site" }))[0],
      /no column site to group by; .* it has patient/,
    );
    assert.match(
      (await problemsOf(join(root, "gap.csv"), { groupBy: "patient" }))[0],
      /row 3: patient is empty/,
    );
  });
});
