// Label Studio's JSON export, with all that annotators can say.
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { makeSource, problemsOf, summary } from "../../../test/support/sources.js";

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
    const root = await makeSource({
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

  test("names the picture by its likeliest key", async () => {
    const root = await makeSource({
      "x.json": JSON.stringify([
        {
          data: { url: "https://example.org/page", Image: " a.jpg " },
          annotations: [{ result: [choices(["cat"])] }],
        },
        { data: { note: "seen.", scan: "b.PNG?v=1" }, annotations: [{ result: [] }] },
      ]),
    });
    assert.deepEqual(
      (await summary(root)).rows.map(([path]) => path),
      ["a.jpg", "b.PNG?v=1"],
    );
  });

  test("is read where the server keeps what was uploaded", async () => {
    const root = await makeSource({
      "project-3.json": JSON.stringify([task("/data/upload/3/3f2a-a.jpg", { result: [choices(["cat"])] })]),
      "media/upload/3/3f2a-a.jpg": null,
    });
    assert.deepEqual((await summary(root)).rows, [["media/upload/3/3f2a-a.jpg", 1]]);
  });

  test("that is another export, or names what is no file, is told", async () => {
    const root = await makeSource({
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
