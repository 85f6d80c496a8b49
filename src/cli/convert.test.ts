// multihot convert as a program: what it writes, what it says is left out, its exit codes.
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { multihot } from "../../test/support/run.js";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "multihot-"));
  for (const name of ["a.jpg", "b.jpg"]) await writeFile(join(folder, name), `bytes of ${name}`);
  await writeFile(join(folder, "x.csv"), "image,cat,dog,cow,patient\na.jpg,1,?,0,p1\nb.jpg,0,1,0,p2\n");
});
after(() => rm(folder, { recursive: true }));

const convert = (...args: string[]) => multihot(["convert", ...args], { cwd: folder });
const grouped = ["x.csv", "--group-by", "patient"];

test("writes a file whose format holds all, and says how much it is", async () => {
  const { code, stdout } = await convert(...grouped, "--to", "huggingface", "--out", "hf");
  assert.equal(code, 0);
  assert.equal(stdout, "Wrote hf: 2 images, 3 labels, 2 files copied.\n");
  assert.equal(
    await readFile(join(folder, "hf/metadata.jsonl"), "utf8"),
    '{"file_name":"a.jpg","patient":"p1","cat":1,"dog":null,"cow":0}\n' +
      '{"file_name":"b.jpg","patient":"p2","cat":0,"dog":1,"cow":0}\n',
  );
});

test("says what has no place in the format", async () => {
  const { code, stdout, stderr } = await convert(...grouped, "--to", "voc", "--out", "voc");
  assert.equal(code, 0);
  assert.match(stdout, /^Wrote voc: 2 images, 3 labels, 2 files copied\./);
  const said = stdout + stderr;
  assert.match(said, /can't store groups\. Left out: patient/);
  assert.match(said, /can only store labels that some image has\. Left out: cow/);
});

test("refuses what would be lost, unless told what it means; nothing is written then", async () => {
  const refused = await convert(...grouped, "--to", "yolo", "--out", "yolo");
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /1 target is unknown \(the first: dog of a\.jpg\), which yolo cannot hold\. Say --unknown/,
  );
  assert.ok(!(await readdir(folder)).includes("yolo"));
  const told = await convert(...grouped, "--unknown", "negative", "--to", "yolo", "--out", "yolo");
  assert.equal(told.code, 0);
  assert.equal(await readFile(join(folder, "yolo/labels/a.txt"), "utf8"), "0 0.5 0.5 1 1\n");
  const again = await convert(...grouped, "--unknown", "negative", "--to", "yolo", "--out", "yolo");
  assert.equal(again.code, 1);
  assert.match(again.stderr, /yolo exists already/);
});

test("tells wrong rows, and options that are missing or wrong, with exit code 1", async () => {
  const rows = await convert("x.csv", "--to", "coco", "--out", "x.json");
  assert.equal(rows.code, 1);
  assert.match(rows.stderr, /rows 2 and 3: the column patient holds "p1", "p2"; wanted 1, 0/);
  const missing = await convert("x.csv", "--out", "x.json");
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /--to/);
  const unknown = await convert(...grouped, "--to", "excel", "--out", "x.xlsx");
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /The format excel is not known\. We read:/);
});
