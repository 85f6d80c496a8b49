// COCO and LVIS as their sites document them.
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { makeSource, problemsOf, summary } from "../../../test/support/sources.js";

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
    const root = await makeSource({
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
    const indented = await makeSource({ "a.json": JSON.stringify(instances, null, 1) });
    assert.deepEqual((await summary(indented, "a.json")).labels, expected.labels);
  });

  // As CVAT exports a project of films.
  test("is read with the pictures of its part, where those of others are called the same", async () => {
    const frames = ["frame_000000.PNG", "frame_000001.PNG"];
    const json = JSON.stringify({
      images: frames.map((name, id) => ({ id, file_name: name })),
      categories: [{ id: 1, name: "cat" }],
      annotations: [{ id: 1, image_id: 0, category_id: 1 }],
    });
    const parts = ["test", "train", "val"];
    const root = await makeSource(
      Object.fromEntries(
        parts.flatMap((part) => [
          [`annotations/instances_${part}.json`, json] as const,
          ...frames.map((frame) => [`images/${part}/${frame}`, null] as const),
        ]),
      ),
    );
    for (const part of parts) {
      const { rows } = await summary(root, `annotations/instances_${part}.json`);
      assert.deepEqual(
        rows.map(([path]) => path),
        frames.map((frame) => `images/${part}/${frame}`),
      );
    }
  });

  test("is not read with pictures of a set beside it that has some of the names", async () => {
    const root = await makeSource({
      "new/instances.json": JSON.stringify(instances),
      "old/000000397133.jpg": null,
    });
    assert.deepEqual((await summary(root, "new/instances.json")).rows[0][0], "new/000000397133.jpg");
  });

  test("is read with its own pictures, though a set beside it has more of that name", async () => {
    const root = await makeSource({
      "new/instances.json": JSON.stringify(instances),
      "new/images/000000397133.jpg": null,
      "old/000000397133.jpg": null,
      "old/000000037777.jpg": null,
      "old/000000000005.jpg": null,
    });
    assert.deepEqual(
      (await summary(root, "new/instances.json")).rows.map(([path]) => path),
      ["000000397133", "000000037777", "000000000005"].map((name) => `new/images/${name}.jpg`),
    );
  });

  test("with LVIS's keys tells what is unknown", async () => {
    const root = await makeSource({
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
    const root = await makeSource({ "a.json": JSON.stringify(broken) });
    assert.deepEqual(await problemsOf(join(root, "a.json")), [
      "row 2: two images have the id 1; each needs one of its own.",
      "row 2: an annotation has the category_id 77, which no category has.",
      "row 3: the image has no file_name; wanted the path of a picture.",
      "category 2: another one is called cat too; make one of them.",
      "category 3: it has no name.",
      "annotation 7: its image_id is that of no image.",
    ]);
    const cut = await makeSource({
      "a.json": JSON.stringify(instances).slice(0, 300),
      "b.json": '{"images": []}',
    });
    assert.match((await problemsOf(join(cut, "a.json")))[0], /a\.json is not JSON.*cut short/);
    assert.match((await problemsOf(join(cut, "b.json")))[0], /b\.json has no list categories/);
  });
});
