// Hugging Face's metadata.jsonl in the shapes that its guide shows.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { makeSource, problemsOf, summary } from "../../../test/support/sources.js";

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
      const root = await makeSource({ "metadata.jsonl": text, "a.jpg": null });
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
    const grouped = await makeSource({ "metadata.jsonl": shapes[0] });
    assert.deepEqual((await summary(grouped, "", { groupBy: "site" })).groups, ["3", "4", "3"]);
    const one = await makeSource({
      "metadata.jsonl": lines({ file_name: "a.jpg", label: "cat" }, { file_name: "b.jpg", label: null }),
    });
    assert.deepEqual((await summary(one)).rows, [
      ["a.jpg", 1],
      ["b.jpg", -1],
    ]);
  });

  test("is read: objects one by one, and under their other names; what has none is told", async () => {
    const root = await makeSource({
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
    const nameless = await makeSource({
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
    const root = await makeSource({ "metadata.jsonl": text });
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
    const root = await makeSource({
      "metadata.jsonl": lines({ file_name: "a.jpg", labels: [0, 1, 1] }, { labels: ["cat"] }),
    });
    const problems = await problemsOf(root);
    assert.match(problems[0], /^row 1: labels holds 0; wanted the names .* of a ClassLabel/);
    assert.match(problems[1], /^row 2: the line has no file_name/);
    const cut = await makeSource({
      "metadata.jsonl": '{"file_name": "a.jpg", "labels": [\n{"labels": ["cat"]}',
    });
    const [first, second] = await problemsOf(cut);
    assert.match(first, /^row 1: it is not JSON: .*cut short/);
    assert.match(second, /^row 2: the line has no file_name/);
    const empty = await makeSource({ "metadata.jsonl": "\n", "a.jpg": null });
    assert.match((await problemsOf(empty))[0], /has no row/);
  });
});
