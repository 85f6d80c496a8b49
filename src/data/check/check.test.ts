// A drawn data set spoilt in every way that a check knows: each is found and named, and `fix` mends what it can.
import assert from "node:assert/strict";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import sharp from "sharp";
import { readDataset } from "../dataset/read.js";
import { writeSample } from "../sample/sample.js";
import { type CheckReport, checkDataset } from "./check.js";
import type { Kind } from "./kinds.js";

const images = 300;
let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "multihot-"));
  await writeSample(join(folder, "clean"), { images, size: 64, seed: 3 });
  await writeSample(join(folder, "spoilt"), { images, size: 64, seed: 3 });
});
after(() => rm(folder, { recursive: true }));

/** The examples of a kind as text, or none. */
function found({ findings }: CheckReport, kind: Kind): string[] {
  const examples = findings.find((finding) => finding.kind === kind)?.examples ?? [];
  return examples.map(({ pictures = [], labels = [], detail = "" }) =>
    [...pictures.map(({ set, row, image }) => `${set} ${row} ${image}`), ...labels, detail]
      .filter((part) => part !== "")
      .join("; "),
  );
}

test("a clean set has no finding", async () => {
  const report = await checkDataset(join(folder, "clean/labels.csv"));
  assert.deepEqual(report, {
    data: join(folder, "clean/labels.csv"),
    format: "csv",
    rows: images,
    labels: 12,
    decoded: true,
    errors: 0,
    warnings: 0,
    notes: 0,
    findings: [],
  });
});

describe("a set spoilt in many ways", () => {
  let report: CheckReport;
  const data = () => join(folder, "spoilt/labels.csv");
  const val = () => join(folder, "spoilt/val.csv");
  before(async () => {
    const at = (name: string) => join(folder, "spoilt/images", name);
    const lines = (await readFile(data(), "utf8")).trimEnd().split("\n");
    const labelsOf = (n: number) => lines[n].split(",")[1].split("|").filter(Boolean);
    const add = (line: string) => lines.push(line);
    const bytes = await readFile(at("0002.jpg"));
    await writeFile(at("0001.jpg"), bytes.subarray(0, bytes.length - 400));
    await writeFile(at("0003.jpg"), "");
    await writeFile(at("0004.jpg"), "<html>Not found</html>");
    await writeFile(at("0005.jpg"), '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
    await rm(at("0006.jpg"));
    // A header alone, of a picture of 30,000 × 30,000 pixels.
    const png = await sharp({ create: { width: 2, height: 2, channels: 3, background: "red" } })
      .png()
      .toBuffer();
    png.writeUInt32BE(30_000, 16);
    png.writeUInt32BE(30_000, 20);
    png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
    await writeFile(at("0007.jpg"), png);
    await sharp({ create: { width: 9000, height: 6000, channels: 3, background: "red" } })
      .jpeg()
      .toFile(at("0008.jpg"));
    await sharp(at("0009.jpg")).resize(8, 8).toFile(at("tiny.png"));
    add(`images/tiny.png,${labelsOf(9).join("|")}`);
    await sharp({ create: { width: 64, height: 64, channels: 3, background: "gray" } }).toFile(
      at("plain.png"),
    );
    add("images/plain.png,moon");
    await copyFile(at("0011.jpg"), at("copy.jpg"));
    add(`images/copy.jpg,${labelsOf(11).join("|")}`);
    await copyFile(at("0012.jpg"), at("other.jpg"));
    add(`images/other.jpg,${labelsOf(12).includes("key") ? "" : "key"}`);
    const busy = lines.findIndex((line, i) => i > 40 && line.split("|").length > 3);
    const near = String(busy).padStart(4, "0");
    await sharp(at(`${near}.jpg`))
      .resize(100, 100)
      .modulate({ brightness: 1.05 })
      .webp()
      .toFile(at("near.webp"));
    add(`images/near.webp,${labelsOf(busy).join("|")}`);
    const busier = lines.findIndex((line, i) => i > busy && line.split("|").length > 3);
    await sharp(at(`${String(busier).padStart(4, "0")}.jpg`))
      .jpeg({ quality: 50 })
      .toFile(at("near-differ.jpg"));
    add(`images/near-differ.jpg,${labelsOf(busier)[0]}`);
    await writeFile(at("nobody.jpg"), await sharp(at("0013.jpg")).rotate(90).toBuffer());
    lines[14] += "|Moon";
    lines[15] += "|mooon";
    for (const n of [16, 17, 18]) lines[n] += "|everywhere-else";
    add(`images/0019.jpg,${labelsOf(19).join("|")}`);
    lines[20] = `${lines[20].split(",")[0]},moon|star|moon`;
    add(",moon");
    add("https://example.com/1.jpg,moon");
    add("images/0021.jpg,moon,star");
    await writeFile(data(), `${lines.join("\n")}\n`);
    await copyFile(at("0031.jpg"), at("leaked.jpg"));
    await sharp(at(`${String(busier).padStart(4, "0")}.jpg`))
      .jpeg({ quality: 60 })
      .toFile(at("near-leaked.jpg"));
    await writeFile(
      val(),
      `image,labels\nimages/leaked.jpg,moon\nimages/near-leaked.jpg,${labelsOf(busier).join("|")}\nimages/0032.jpg,star|comet\n`,
    );
    report = await checkDataset(data(), { val: val(), examples: 100 });
  });

  const expected: [Kind, RegExp[]][] = [
    ["damaged-file", [/^data 2 images\/0001\.jpg; .*ends too early/]],
    ["empty-file", [/^data 4 images\/0003\.jpg/]],
    ["foreign-file", [/^data 5 images\/0004\.jpg/, /^data 6 images\/0005\.jpg.*svg/]],
    ["missing-file", [/^data 7 images\/0006\.jpg/]],
    ["too-large", [/^data 8 images\/0007\.jpg; it has more than .* pixels/]],
    ["large-file", [/^data 9 images\/0008\.jpg; 9000 × 6000 pixels/]],
    ["tiny-picture", [/tiny\.png; 8 × 8 pixels/]],
    ["copies", [/^data 12 images\/0011\.jpg; data \d+ images\/copy\.jpg$/]],
    [
      "copies-differ",
      [
        /^data 13 images\/0012\.jpg; data \d+ images\/other\.jpg; .*key/,
        /^data 32 images\/0031\.jpg; val 2 images\/leaked\.jpg; /,
        /^data 33 images\/0032\.jpg; val 4 images\/0032\.jpg; /,
      ],
    ],
    [
      "leak",
      [/^data 32 images\/0031\.jpg; val 2 images\/leaked\.jpg$/, /^data 33 .*; val 4 images\/0032\.jpg$/],
    ],
    [
      "near-copies",
      [/^data 10 .*; data \d+ images\/tiny\.png$/, /^data \d+ .*; data \d+ images\/near\.webp$/],
    ],
    ["near-differ", [/^data \d+ images\/\d+\.jpg; data \d+ images\/near-differ\.jpg; val 3 /]],
    [
      "near-leak",
      [/^data \d+ images\/\d+\.jpg; data \d+ images\/near-differ\.jpg; val 3 images\/near-leaked\.jpg$/],
    ],
    ["plain-picture", [/0008\.jpg/, /plain\.png; 64 × 64 pixels/]],
    [
      "bad-row",
      [
        /row \d+: the column image is empty/,
        /row \d+: https:\/\/example\.com\/1\.jpg is an address/,
        /row \d+: 3 fields where the header has 2/,
        /val\.csv, row 4: the label comet is not among/,
      ],
    ],
    ["unnamed-picture", [/nobody\.jpg$/]],
    ["same-label", [/^Moon; moon; on 1 and \d+ pictures$/]],
    ["near-label", [/^Moon; mooon/]],
    ["few-to-learn", [/^Moon; 1$/, /^everywhere-else; 3$/, /^mooon; 1$/]],
    [
      "repeated-row",
      [/^data 20 images\/0019\.jpg; data \d+ images\/0019\.jpg$/, /^data 22 images\/0021\.jpg; data \d+ /],
    ],
    ["repeated-tag", [/row 21: it has moon twice/]],
  ];
  for (const [kind, wanted] of expected) {
    test(kind, () => {
      const examples = found(report, kind);
      assert.equal(examples.length, wanted.length, examples.join("\n"));
      for (const pattern of wanted)
        assert.ok(
          examples.some((example) => pattern.test(example)),
          examples.join("\n"),
        );
    });
  }
});

describe("labels that cannot be learned", () => {
  let report: CheckReport;
  before(async () => {
    const data = join(folder, "clean/columns.csv");
    const rows = Array.from({ length: images }, (_, i) => {
      const some = i % 3 === 0 ? 1 : 0;
      const group = `p${i % 100}`;
      return [
        `images/${String(i + 1).padStart(4, "0")}.jpg`,
        group,
        some,
        some,
        1,
        0,
        "?",
        i < 20 ? 1 : 0,
        i % 2,
      ];
    });
    const header = ["image", "patient", "here", "there too", "all", "none", "nobody knows", "rare", "common"];
    const text = (part: typeof rows) => `${[header, ...part].map((row) => row.join(",")).join("\n")}\n`;
    await writeFile(data, text(rows.slice(0, 250)).replace(/^(.*0004.jpg.*)1$/m, "$1yes"));
    await writeFile(join(folder, "clean/other.csv"), text(rows.slice(250)));
    report = await checkDataset(data, {
      val: join(folder, "clean/other.csv"),
      groupBy: "patient",
      decode: false,
      examples: 100,
    });
  });
  const expected: [Kind, string[]][] = [
    ["always-there", ["all; 250 of 250"]],
    ["no-positive", ["none"]],
    ["always-unknown", ["nobody knows"]],
    ["twin-labels", ["here; there too"]],
    ["few-to-measure", ["rare; 0 in validation"]],
    ["few-to-learn", []],
    ["unnamed-picture", []],
  ];
  for (const [kind, wanted] of expected) test(kind, () => assert.deepEqual(found(report, kind), wanted));
  test("group-leak", () => assert.equal(found(report, "group-leak").length, 50));
  test("bad-row", () =>
    assert.match(found(report, "bad-row").join("\n"), /row 5: the column common holds "yes"[^\n]*$/));
});

test("where the picture is that a row misnames is told", async () => {
  const root = await mkdtemp(join(folder, "misnamed-"));
  await mkdir(join(root, "train", "Sub Dir"), { recursive: true });
  for (const name of ["train/a.jpg", "train/Sub Dir/caf\u00e9.jpg", "train/d.jpg"])
    await writeFile(join(root, name), name);
  const rows = ["a.jpg", "train/sub%20dir/CAFE\u0301.JPG", "C:\\pictures\\d.jpg", "train/e.jpg"];
  const data = join(root, "labels.csv");
  await writeFile(data, `image,labels\n${rows.map((row) => `${row},cat`).join("\n")}\n`);
  const report = await checkDataset(data, { decode: false });
  assert.deepEqual(
    found(report, "missing-file").map((example) => example.split("; ").at(-1)),
    [
      "there is train/a.jpg.",
      "there is train/Sub Dir/caf\u00e9.jpg.",
      "there is train/d.jpg.",
      "there is no such file.",
    ],
  );
});

test("what fix writes has no errors, and says what is different", async () => {
  const data = join(folder, "spoilt/labels.csv");
  const val = join(folder, "spoilt/val.csv");
  const out = join(folder, "spoilt/fixed.csv");
  const before = await readFile(data, "utf8");
  const { fixed } = await checkDataset(data, { val, fix: out });
  assert.equal(await readFile(data, "utf8"), before);
  assert.deepEqual(fixed?.changes, [
    "3 rows that could not be read were left out.",
    "6 rows whose pictures cannot be used were left out.",
    "The label Moon became moon.",
    "1 repeated row was joined with the first of its file.",
    "2 copies of pictures were joined with the first of them.",
    "3 targets became unknown, where rows contradict each other.",
    "2 pictures that are in validation too were left out.",
  ]);
  const again = await checkDataset(out);
  assert.equal(again.errors, 0, JSON.stringify(again.findings, null, 1));
  const { labels, pictures } = await readDataset(out);
  assert.equal(pictures.length, fixed?.rows);
  assert.ok(!labels.includes("Moon"));
  await assert.rejects(checkDataset(data, { fix: out }), /exists already/);
  await assert.rejects(checkDataset(data, { fix: data }), /exists already/);
});

/** PNG's own checksum (ISO 3309), over a chunk's type and data. */
function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

test("data that libjpeg warns of and reads over are a warning, and the picture stays usable", async () => {
  const root = await mkdtemp(join(folder, "flawed-"));
  const names = ["sound.jpg", "overwritten.jpg", "cut.jpg", "short.jpg"];
  // The same each time: by chance, what is cut out of other noise may leave data that can be read on.
  const bytes = Uint8Array.from({ length: 96 * 96 * 3 }, (_, i) => Math.imul(i + 1, 2654435761) >>> 24);
  const picture = await sharp(bytes, { raw: { width: 96, height: 96, channels: 3 } })
    .jpeg()
    .toBuffer();
  const middle = picture.length >> 1;
  const overwritten = Buffer.from(picture).fill(0xff, middle, middle + 64);
  const cut = Buffer.concat([picture.subarray(0, middle), picture.subarray(middle + 200)]);
  const files = [picture, overwritten, cut, picture.subarray(0, middle)];
  for (const [i, name] of names.entries()) await writeFile(join(root, name), files[i]);
  const data = join(root, "labels.csv");
  await writeFile(data, `image,labels\n${names.map((name) => `${name},a`).join("\n")}\n`);
  const report = await checkDataset(data, { fix: join(root, "fixed.csv") });
  assert.deepEqual(found(report, "flawed-file"), ["data 3 overwritten.jpg", "data 4 cut.jpg"]);
  assert.equal(found(report, "damaged-file").length, 1);
  const { pictures } = await readDataset(join(root, "fixed.csv"));
  assert.deepEqual(
    pictures.map(({ name }) => name),
    names.slice(0, 3),
  );
});
