// YOLO as Ultralytics, Roboflow, Darknet and labelImg lay it out.
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { makeSource, problemsOf, summary } from "../../../test/support/sources.js";
import { readSource } from "../dataset/read.js";

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
      assert.deepEqual(await summary(await makeSource({ ...files, [what.split(/,? /)[0]]: text })), expected);
    });
  }

  // As labelImg saves it where its user has called the folder so.
  test("is read with the labels beside pictures in a folder images", async () => {
    const root = await makeSource({
      "images/classes.txt": "cat\ndog\n",
      "images/a.jpg": null,
      "images/a.txt": "1 0 0 0 0\n",
      "images/gone.txt": "1 0 0 0 0\n",
    });
    const expected = { format: "yolo", labels: ["cat", "dog"], rows: [["images/a.jpg", 0, 1]] };
    assert.deepEqual(await summary(root, "images"), expected);
    assert.deepEqual((await readSource(join(root, "images"), {})).problems.strays, ["gone.txt"]);
  });

  test("is not read where two files name the numbers differently", async () => {
    const labels = {
      "images/a.jpg": null,
      "labels/a.txt": "1 0 0 0 0\n",
      "data.yaml": "names: [cat, dog]\n",
    };
    const agreeing = await makeSource({ ...labels, "labels/classes.txt": "cat\ndog\n" });
    assert.deepEqual((await summary(agreeing)).labels, ["cat", "dog"]);
    const shorter = await makeSource({ ...labels, "labels/classes.txt": "cat\n" });
    assert.deepEqual((await summary(shorter)).labels, ["cat", "dog"]);
    const other = await makeSource({ ...labels, "labels/classes.txt": "dog\ncat\n" });
    assert.match(
      (await problemsOf(other))[0],
      /data\.yaml and .*labels\/classes\.txt do not hold the same names in the same order/,
    );
  });

  test("is read with the labels beside the pictures", async () => {
    const root = await makeSource({
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
    const root = await makeSource({
      ...files,
      "classes.txt": "cat\nhot dog\nbird's nest\n",
      "labels/gone.txt": "1 0.5 0.5 0.1 0.1\n",
      "labels/sub/gone.txt": "0 0.5 0.5 0.1 0.1\n1 0.5 0.5 0.1 0.1",
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
    const root = await makeSource(parts);
    assert.match(
      (await problemsOf(root))[0],
      /holds the parts train, val of a data set\. Name one of them, such as .*images\/train/,
    );
    assert.deepEqual(await summary(root, "images/val"), {
      format: "yolo",
      labels: ["cat", "dog"],
      rows: [["images/val/b.jpg", 0, 1]],
    });
    const roboflow = await makeSource({
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

  // Ultralytics' own COCO has train2017.txt; CVAT's "YOLO 1.1" is as darknet has it.
  test("is read in parts by lists of pictures", async () => {
    const ultralytics = await makeSource({
      ...files,
      "data.yaml": "train: train.txt\nval: val.txt\nnames: [cat, hot dog, bird's nest]\n",
      "train.txt": "./images/sub/c.png\r\n./images/a.jpg\r\n",
      "val.txt": "\n./images/b.jpg\n",
    });
    assert.deepEqual(await summary(ultralytics, "train.txt"), {
      ...expected,
      rows: [expected.rows[2], expected.rows[0]],
    });
    assert.deepEqual((await summary(ultralytics, "val.txt")).rows, [expected.rows[1]]);
    const cvat = await makeSource({
      "obj.data": "classes = 2\ntrain = data/train.txt\nnames = data/obj.names\n",
      "obj.names": "cat\ndog\n",
      "train.txt": "data/obj_train_data/a.jpg\ndata/obj_train_data/gone.jpg\n",
      "obj_train_data/a.jpg": null,
      "obj_train_data/a.txt": "1 0.5 0.5 0.1 0.1\n",
    });
    assert.deepEqual(await summary(cvat, "train.txt"), {
      format: "yolo",
      labels: ["cat", "dog"],
      rows: [
        ["obj_train_data/a.jpg", 0, 1],
        ["obj_train_data/gone.jpg", 0, 0],
      ],
    });
    const csv = await makeSource({ "classes.txt": "cat\n", "x.txt": "image,labels\na.jpg,cat\n" });
    assert.equal((await summary(csv, "x.txt")).format, "csv");
  });

  test("says what to name in place of the file with the names", async () => {
    const root = await makeSource({ ...files, "data.yaml": "names: [cat, dog]\n" });
    assert.match(
      (await problemsOf(join(root, "data.yaml")))[0],
      /name their folder instead, such as .*images/,
    );
  });

  test("tells numbers that are none of a name, and names that are no list", async () => {
    const root = await makeSource({
      ...files,
      "classes.txt": "cat\nhot dog\n",
      "labels/b.txt": "\ncat 0 0 0 0\n",
    });
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
      const bad = await makeSource({ ...files, "data.yaml": wrong });
      assert.match((await problemsOf(bad))[0], /holds no list of names that we can read/, wrong);
    }
    assert.match(
      (await problemsOf(await makeSource({ ...files, "data.yaml": "names: [a\n b: c" })))[0],
      /is not YAML/,
    );
    const twice = await makeSource({ ...files, "classes.txt": "cat\ncat\n" });
    const cut = await makeSource({ ...files, "data.yaml": "names: [a, b\n" });
    assert.match((await problemsOf(cut))[0], /data\.yaml is not YAML: .*\]/);
    assert.match((await problemsOf(twice))[0], /names cat twice/);
  });
});
