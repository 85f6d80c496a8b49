// Pascal VOC as its development kit, labelImg and others write it.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { makeSource, problemsOf, summary } from "../../../test/support/sources.js";

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
    const root = await makeSource(files);
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
    const root = await makeSource(files);
    assert.deepEqual((await summary(root, "ImageSets/Main/trainval.txt")).rows, [
      ["JPEGImages/000003.jpg", 0, 0],
      ["JPEGImages/000001.jpg", 1, 1],
    ]);
    assert.equal((await summary(root, "ImageSets/Main/dog_val.txt")).rows.length, 1);
    const wrong = await makeSource({ ...files, "ImageSets/Main/all.txt": "000001\n000009\n" });
    assert.deepEqual(await problemsOf(join(wrong, "ImageSets/Main/all.txt")), [
      "row 2: there is no Annotations/000009.xml.",
    ]);
  });

  // torchvision pairs by the XML's name alone; labelImg before 1.5 wrote the picture's without its ending.
  test("is read where the file's name has no ending, another one, or is that of the picture once", async () => {
    const root = await makeSource({
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

  test("is read with its pictures, not with the masks that are called as they are", async () => {
    const root = await makeSource({
      "Annotations/a.xml": xml("a.jpg", [["cat", 0]]),
      "Annotations/b.xml": xml("b.jpg", []),
      "Masks/a.png": null,
      "Masks/b.png": null,
      "Masks/c.png": null,
      "images/a.jpg": null,
    });
    assert.deepEqual((await summary(root)).rows, [
      ["images/a.jpg", 1],
      ["images/b.jpg", 0],
    ]);
  });

  test("is read where the XML stands beside the pictures", async () => {
    const root = await makeSource({
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
    const root = await makeSource({
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
