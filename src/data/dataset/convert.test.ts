// Writing formats: what is written is read back as it was, or refused with the reason.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { random } from "../../base/random.js";
import { formats } from "../formats/index.js";
import { convert, copyNames } from "./convert.js";
import type { Dataset } from "./dataset.js";
import { readDataset, readSource } from "./read.js";
import { withUnknown } from "./unknown-targets.js";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "multihot-convert-"));
  for (const inside of ["more", "images"]) await mkdir(join(folder, "photos", inside), { recursive: true });
  for (const name of names) await writeFile(join(folder, "photos", name), `bytes of ${name}`);
});
after(() => rm(folder, { recursive: true }));

const names = ["a.jpg", "b b.png", "more/c,d.jpg", "images/a.jpg", "a.png", "ünï.jpg", "more/100%.jpg"];
const labels = ["dog", "hot dog", 'the "cat"', "a, b", "<tag> & co", "ünïcode", "007", "unused"];

/** Targets drawn from these values; each label but the last is on some picture, where 1 can be drawn. */
function drawn(seed: number, values: readonly number[], { unused = true } = {}): Dataset {
  const used = unused ? labels : labels.slice(0, -1);
  const stream = random(seed, "targets");
  const targets = Float32Array.from({ length: names.length * used.length }, (_, i) => {
    const [row, column] = [Math.floor(i / used.length), i % used.length];
    if (unused && column === used.length - 1) return 0;
    return row === column % names.length ? 1 : values[stream.integer(values.length)];
  });
  const pictures = names.map((name, i) => ({ path: join(folder, "photos", name), name, row: i + 2 }));
  return { source: "labels.csv", labels: used, pictures, targets };
}

/** For each picture, by what is in its file, its targets by label. */
async function content({
  labels: known,
  pictures,
  targets,
}: Dataset): Promise<Map<string, Record<string, number>>> {
  const found = new Map<string, Record<string, number>>();
  for (const [i, { path }] of pictures.entries()) {
    const row = known.map((label, column) => [label, targets[i * known.length + column]]);
    found.set(await readFile(path, "utf8"), Object.fromEntries(row.sort(([a], [b]) => (a < b ? -1 : 1))));
  }
  return found;
}

describe("a round trip", () => {
  const outs: Record<string, string> = { csv: "out.csv", coco: "sub/out.json", "label-studio": "out.json" };
  for (const { name, holds } of formats) {
    for (const [what, values, allowed] of [
      ["1 and 0", [0, 0, 1], true],
      ["unknown targets", [0, 1, -1], holds.unknown],
      ["soft targets", [0, 1, 0.1, 0.75], holds.soft],
    ] as const) {
      test(`to ${name} ${allowed ? "keeps" : "refuses"} ${what}`, async () => {
        for (const seed of [1, 2, 3]) {
          const dataset = drawn(seed, values, { unused: holds.unused });
          const root = await mkdtemp(join(folder, "out-"));
          const out = join(root, outs[name] ?? "out");
          if (!allowed) {
            await assert.rejects(
              convert(dataset, { to: name, out }),
              new RegExp(`${name} cannot hold\\. Say .*csv`),
            );
            assert.deepEqual(await readdir(root), []);
            continue;
          }
          const { path, lost } = await convert(dataset, { to: name, out });
          assert.deepEqual(lost, []);
          assert.equal((await readSource(path, {})).format.name, name);
          const read = await readDataset(path);
          assert.deepEqual(await content(read), await content(dataset));
        }
      });
    }
  }

  test("names labels that are lost where only what is there is named", async () => {
    for (const to of ["voc", "label-studio"]) {
      const { lost } = await convert(drawn(1, [0, 1]), { to, out: join(folder, `lost-${to}.json`) });
      assert.deepEqual(lost, ["unused"]);
    }
  });

  test("keeps groups where there is a place for them, and says so where not", async () => {
    for (const values of [
      [0, 1],
      [0, 1, -1],
    ]) {
      const groups = names.map((_, i) => `p ${i % 3}`);
      for (const { name, holds } of formats) {
        if (values.includes(-1) && !holds.unknown) continue;
        const out = join(await mkdtemp(join(folder, "grouped-")), outs[name] ?? "out");
        const dataset = { ...drawn(1, values, { unused: false }), groups };
        const { path, groupsLost } = await convert(dataset, { to: name, out, groupBy: "patient" });
        assert.equal(groupsLost, !holds.groups);
        if (!holds.groups) continue;
        const read = await readDataset(path, { groupBy: "patient" });
        assert.deepEqual(await content(read), await content(dataset));
        const groupOf = ({ pictures, groups: known = [] }: Dataset) =>
          Promise.all(pictures.map(async (picture, i) => [await readFile(picture.path, "utf8"), known[i]]));
        assert.deepEqual(await groupOf(read), await groupOf(dataset));
      }
    }
  });

  test("of pictures of which nothing is known keeps them so", async () => {
    const dataset = drawn(1, [0, 1], { unused: false });
    const targets = dataset.targets.slice();
    targets.fill(-1, 0, 7);
    for (const { name, holds, writer } of formats) {
      if (!holds.unknown) continue;
      const out = join(
        folder,
        `silent-${name}${writer.kind === "file" ? (name === "csv" ? ".csv" : ".json") : ""}`,
      );
      // The first picture alone has the first label.
      targets[7] = 1;
      const { path } = await convert({ ...dataset, targets }, { to: name, out });
      assert.deepEqual(await content(await readDataset(path)), await content({ ...dataset, targets }), name);
    }
  });
});

test("label-studio names a label of which nothing is known, and leaves tasks open where all are named", async () => {
  const base = drawn(1, [0]);
  const pictures = base.pictures.slice(0, 3);
  const written = async (targets: number[], out: string) => {
    const dataset = { ...base, labels: ["cat", "dog"], pictures, targets: Float32Array.from(targets) };
    const { path, lost } = await convert(dataset, { to: "label-studio", out: join(folder, out) });
    assert.deepEqual(lost, []);
    assert.deepEqual(await content(await readDataset(path)), await content(dataset), out);
    const tasks: { annotations: unknown[] }[] = JSON.parse(await readFile(path, "utf8"));
    return tasks.map(({ annotations }) => annotations.length);
  };
  // The dog is known to be absent once and unknown elsewhere: no task would name it.
  assert.deepEqual(await written([-1, -1, 1, 0, -1, -1], "absent.json"), [1, 1, 0]);
  assert.deepEqual(await written([-1, -1, -1, -1, -1, -1], "nothing.json"), [1, 0, 0]);
  assert.deepEqual(await written([-1, -1, 1, -1, -1, -1], "doubted.json"), [0, 1, 0]);
});

describe("csv", () => {
  const text = async (dataset: Dataset) => {
    const out = join(await mkdtemp(join(folder, "csv-")), "labels.csv");
    await convert(dataset, { to: "csv", out });
    return readFile(out, "utf8");
  };
  const two = (known: string[], targets: number[]): Dataset => ({
    ...drawn(1, [0]),
    labels: known,
    pictures: drawn(1, [0]).pictures.slice(0, targets.length / known.length),
    targets: Float32Array.from(targets),
  });

  test("is a column of tags where that says all, else a column for each label", async () => {
    assert.equal(
      await text(two(["cat", "dog"], [1, 1, 0, 0])),
      "image,labels\n../photos/a.jpg,cat|dog\n../photos/b b.png,\n",
    );
    assert.equal(
      await text(two(["cat", "dog"], [1, -1, 0, 0.1])),
      "image,cat,dog\n../photos/a.jpg,1,\n../photos/b b.png,0,0.1\n",
    );
    assert.match(await text(two(["cat", "none"], [1, 0, 0, 0])), /^image,cat,none\n/);
    // Without a bar in the file, a blank would part the tag.
    assert.match(await text(two(["hot dog", "cat"], [1, 0, 0, 1])), /^image,hot dog,cat\n/);
    assert.match(await text(two(["x|y", "cat"], [1, 1, 0, 1])), /^image,x\|y,cat\n/);
    assert.match(await text(two(["?", "cat"], [1, 1, 0, 1])), /^image,\?,cat\n/);
  });

  test("refuses names that it could not read back", async () => {
    await assert.rejects(text(two(["tags", "cat"], [1, 0, -1, 1])), /"tags" cannot be written as CSV/);
    await assert.rejects(text(two([" cat"], [1, 0])), /" cat" cannot be written as CSV/);
    await assert.rejects(text(two(["c\rat"], [1, 0])), /"c\\rat" cannot be written as CSV/);
  });
});

describe("convert", () => {
  test("overwrites nothing", async () => {
    await assert.rejects(
      convert(drawn(1, [0]), { to: "voc", out: join(folder, "photos") }),
      /photos exists already/,
    );
    await assert.rejects(
      convert(drawn(1, [0]), { to: "csv", out: join(folder, "photos", "a.jpg") }),
      /exists already/,
    );
    assert.equal((await readdir(join(folder, "photos"))).length, 6);
  });

  test("refuses names by which the file would not be recognised", async () => {
    for (const [to, out, ending] of [
      ["csv", "x.txt", "csv"],
      ["coco", "x.csv", "json"],
      ["label-studio", "x", "json"],
    ]) {
      await assert.rejects(
        convert(drawn(1, [0]), { to, out: join(folder, out) }),
        new RegExp(`would hold ${to}; name a file that ends in \\.${ending}`),
      );
    }
  });

  test("tells all pictures that are missing before it copies any", async () => {
    const dataset = drawn(1, [0, 1]);
    const pictures = dataset.pictures.map((picture, i) =>
      i % 2 ? { ...picture, path: `${picture.path}.no.jpg` } : picture,
    );
    const out = join(folder, "missing");
    await assert.rejects(convert({ ...dataset, pictures }, { to: "yolo", out }), (error: Error) => {
      assert.match(error.message, /row 3: there is no file b b\.png/);
      assert.match(error.message, /row 7: there is no file ünï\.jpg/);
      return true;
    });
    await assert.rejects(readdir(out));
  });

  test("refuses labels that cannot be folders", async () => {
    const dataset = { ...drawn(1, [0, 1]), labels: labels.with(0, "a/b") };
    await assert.rejects(
      convert(dataset, { to: "folders", out: join(folder, "slash") }),
      /No folder can be called a\/b/,
    );
  });

  test("gives pictures without a label names of their own beside the folders", async () => {
    const base = drawn(1, [0]);
    const paths = ["more/a.jpg", "more_a.jpg", "b.jpg"].map((name) => join(folder, "flat", name));
    await mkdir(join(folder, "flat", "more"), { recursive: true });
    for (const path of paths) await writeFile(path, path);
    const pictures = paths.map((path, i) => ({ path, name: path, row: i + 2 }));
    const dataset = { ...base, labels: ["cat"], pictures, targets: Float32Array.of(0, 0, 1) };
    const out = join(folder, "flat-out");
    await convert(dataset, { to: "folders", out });
    const read = await readDataset(out, { format: "folders" });
    assert.deepEqual(await content(read), await content(dataset));
  });

  test("refuses pictures without an ending where pictures are known by it", async () => {
    const dataset = drawn(1, [0, 1]);
    const pictures = dataset.pictures.with(2, { path: join(folder, "photos", "a"), name: "a", row: 4 });
    for (const to of ["yolo", "folders"]) {
      const out = join(folder, `endless-${to}`);
      await assert.rejects(
        convert({ ...dataset, pictures }, { to, out }),
        /A picture is called without an ending/,
      );
      await assert.rejects(readdir(out));
    }
  });

  test("refuses labels that XML would give back otherwise", async () => {
    for (const label of [" cat", "cat\t", "c\u0001t"]) {
      const dataset = { ...drawn(1, [0, 1]), labels: labels.with(0, label) };
      await assert.rejects(
        convert(dataset, { to: "voc", out: join(folder, "xml") }),
        /cannot be written as XML that reads the same/,
      );
    }
  });

  test("gives copies names of their own, also without their endings", () => {
    const paths = ["/p/x/a.jpg", "/p/y/a.jpg", "/p/x/A.PNG", "/p/x/a-2.jpg"];
    const pictures = paths.map((path, row) => ({ path, name: path, row }));
    assert.deepEqual(copyNames({ pictures }), ["x/a.jpg", "y/a.jpg", "x/A-2.PNG", "x/a-2-2.jpg"]);
    assert.deepEqual(copyNames({ pictures: pictures.slice(0, 1) }), ["a.jpg"]);
    const odd = ["/p/ a.jpg", "/p/b .jpg", "/p/c\\d.jpg", "/p/e\nf.jpg"];
    assert.deepEqual(copyNames({ pictures: odd.map((path, row) => ({ path, name: path, row })) }), [
      "_a.jpg",
      "b_.jpg",
      "c_d.jpg",
      "e_f.jpg",
    ]);
  });
});

test("unknown targets stay, or become absent", () => {
  const targets = Float32Array.of(1, 0, -1, 0.5);
  assert.deepEqual(withUnknown(targets, "ignore"), targets);
  assert.deepEqual(withUnknown(targets, "negative"), Float32Array.of(1, 0, 0, 0.5));
  assert.equal(targets[2], -1);
});
