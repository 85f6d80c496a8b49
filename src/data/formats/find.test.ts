// Which format a folder is in, and what is said where it is in none, or in several.
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { makeSource, problemsOf, summary } from "../../../test/support/sources.js";

describe("a source", () => {
  test("in parts, of no kind, or with labels files is told apart", async () => {
    const plain = await makeSource({ "1.jpg": null, "2.jpg": null });
    assert.match(
      (await problemsOf(plain))[0],
      /is a folder with 2 pictures and nothing that says what is in them\. We read/,
    );
    const images = await makeSource({ "images/1.jpg": null, "images/2.jpg": null });
    assert.match((await problemsOf(images))[0], /with 2 pictures and nothing that says/);
    const parts = await makeSource({
      "train/cat/1.jpg": null,
      "train/dog/2.jpg": null,
      "test/cat/3.jpg": null,
    });
    assert.match(
      (await problemsOf(parts))[0],
      /holds the parts test, train of a data set\. Name one of them/,
    );
    assert.equal((await summary(parts, "train")).format, "folders");
    const more = await makeSource({ "train/1.jpg": null, "val/2.jpg": null, "notes/3.jpg": null });
    assert.match((await problemsOf(more))[0], /holds the parts train, val of a data set/);
    const trains = await makeSource({ "train/1.jpg": null, "tram/2.jpg": null });
    assert.deepEqual((await summary(trains)).labels, ["train", "tram"]);
    const one = await makeSource({ "cat/1.jpg": null, "2.jpg": null });
    assert.match((await problemsOf(one))[0], /If cat is a label, say --format folders\./);
    const labelled = await makeSource({
      "images/1.jpg": null,
      "more/2.jpg": null,
      "labels.csv": "image,labels\nimages/1.jpg,cat\n",
    });
    assert.deepEqual(await summary(labelled), {
      format: "csv",
      labels: ["cat"],
      rows: [["images/1.jpg", 1]],
    });
    const several = await makeSource({
      "images/1.jpg": null,
      "train.csv": "image,labels\n",
      "val.csv": "image,labels\n",
    });
    assert.match((await problemsOf(several))[0], /2 labels files; name one of train\.csv, val\.csv/);
    const empty = await makeSource({ "a.json": "\n" });
    assert.match((await problemsOf(empty))[0], /a\.json is empty/);
  });

  test("may hold JSON of other kinds, and XML", async () => {
    const classes = {
      "cat/1.jpg": null,
      "dog/2.jpg": null,
      "names.json": '{"1": "cat"}',
      "list.json": '["cat"]',
    };
    assert.equal((await summary(await makeSource(classes))).format, "folders");
    const table = { "labels.csv": "image,labels\ncat/1.jpg,x\n" };
    assert.equal((await summary(await makeSource({ ...classes, ...table }))).format, "csv");
    const cvat = {
      "annotations.xml": "<annotations><version>1.1</version></annotations>",
      "images/1.jpg": null,
    };
    assert.match((await problemsOf(await makeSource(cvat)))[0], /nothing that says what is in them/);
  });

  test("is named, not what it came in", async () => {
    const root = await makeSource({ "labels.xlsx": null, "data.zip": null, "a.jpg": null });
    assert.match((await problemsOf(join(root, "labels.xlsx")))[0], /is a spreadsheet; save it as CSV/);
    assert.match((await problemsOf(join(root, "data.zip")))[0], /is an archive; unpack it/);
    assert.match((await problemsOf(join(root, "a.jpg")))[0], /is a picture; name the file or folder/);
  });

  test("in parts beside labels files leaves the word to these", async () => {
    const kaggle = await makeSource({
      "sample_submission.csv": "image,labels\n",
      "train.csv": "image,labels\n",
      "train/1.jpg": null,
      "test/2.jpg": null,
    });
    assert.match((await problemsOf(kaggle))[0], /2 labels files; .* such as .*\/train\.csv\.$/);
    const coco = await makeSource({
      "annotations/captions_train2017.json": '{"info": {}}',
      "annotations/instances_train2017.json": '{"info": {}}',
      "annotations/instances_val2017.json": '{"info": {}}',
      "images/train2017/1.jpg": null,
      "images/val2017/2.jpg": null,
    });
    assert.match((await problemsOf(coco))[0], /3 labels files; .* such as .*\/instances_train2017\.json\.$/);
    const listed = await makeSource({
      "metadata.jsonl": '{"file_name": "train/1.jpg", "labels": ["cat"]}',
      "train/1.jpg": null,
      "test/2.jpg": null,
    });
    assert.deepEqual((await summary(listed)).rows, [["train/1.jpg", 1]]);
  });
});
