// A folder for each label: links, copies, and endings of all kinds.
import assert from "node:assert/strict";
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { makeSource, summary } from "../../../test/support/sources.js";

describe("folders", () => {
  test("are labels; the same file in several is one picture, whatever its name", async () => {
    const root = await makeSource({
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
    const root = await makeSource({ "cat/1.jpg": "one", "dog/2.jpg": "two", "store/3.jpg": "three" });
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
    const root = await makeSource({
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

  test("hold pictures by all endings that cameras and browsers give them", async () => {
    const root = await makeSource({ "cat/1.jfif": null, "cat/2.JPE": null, "dog/3.heic": null });
    assert.deepEqual((await summary(root)).rows, [
      ["cat/1.jfif", 1, 0],
      ["cat/2.JPE", 1, 0],
      ["dog/3.heic", 0, 1],
    ]);
  });
});
