// Labels files of both shapes, in all the ways in which people and spreadsheets write them.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { UserError } from "../../base/errors.js";
import { type ReadOptions, readDataset } from "./read.js";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "multihot-"));
});
after(() => rm(folder, { recursive: true }));

async function read(text: string | Uint8Array, options?: ReadOptions, name = "labels.csv") {
  const path = join(folder, name);
  await writeFile(path, text);
  return readDataset(path, options);
}

/** Labels, and for each row its line, its path from the folder, and its targets. */
async function summary(text: string | Uint8Array, options?: ReadOptions, name?: string) {
  const { labels, pictures, targets } = await read(text, options, name);
  const rows = pictures.map(({ row, path }, i) => {
    const values = targets.subarray(i * labels.length, (i + 1) * labels.length);
    return [row, path.replace(`${folder}/`, ""), ...values];
  });
  return { labels, rows };
}

async function problemsOf(text: string, options?: ReadOptions): Promise<string[]> {
  const error = await read(text, options).then(
    () => assert.fail("it was read"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof UserError, String(error));
  assert.ok(error.message.startsWith(join(folder, "labels.csv")), error.message);
  return error.problems.length > 0 ? [...error.problems] : [error.message.replace(`${folder}/`, "")];
}

describe("a column of tags", () => {
  const expected = {
    labels: ["cat", "dog"],
    rows: [
      [2, "a.jpg", 1, 1],
      [3, "b.jpg", 0, 1],
      [4, "c.jpg", 0, 0],
    ],
  };
  for (const separator of ["|", ";", ",", " ", " | ", ", ", "\t"]) {
    test(`separated by ${JSON.stringify(separator)}`, async () => {
      const text = `image,labels\na.jpg,"dog${separator}cat"\nb.jpg,dog\nc.jpg,\n`;
      assert.deepEqual(await summary(text), expected);
    });
  }

  test("of which one separator holds for the whole file, so that labels may contain the weaker ones", async () => {
    const bars = await summary('image,labels\na.jpg,hot dog|salt; pepper\nb.jpg,"bread, white"\n');
    assert.deepEqual(bars.labels, ["bread, white", "hot dog", "pepper", "salt"]);
    const commas = await summary('image,labels\na.jpg,"hot dog, cat"\nb.jpg,hot dog\n');
    assert.deepEqual(commas.labels, ["cat", "hot dog"]);
    const blanks = await summary("image,labels\na.jpg,hot dog\n");
    assert.deepEqual(blanks.labels, ["dog", "hot"]);
  });

  test("with any of the headers' names, byte order mark, line ends, field separators, empty rows", async () => {
    const variants = [
      "\ufeffimage,labels\r\na.jpg,cat|dog\r\nb.jpg,dog\r\nc.jpg,\r\n",
      "File;TAGS\na.jpg;cat,dog\nb.jpg;dog\nc.jpg;\n",
      "tags\tid\t filename \ncat dog\t7\ta.jpg\ndog\t8\tb.jpg\n\t9\tc.jpg",
      'path,labels\ra.jpg, "cat|dog" \rb.jpg, dog\rc.jpg\r',
      "image,labels,\na.jpg,cat||dog|cat,\nb.jpg,|dog|,,\nc.jpg, ,\n,,\n   \n",
    ];
    for (const text of variants) assert.deepEqual(await summary(text), expected, JSON.stringify(text));
    const utf16 = Buffer.from(`\ufeff${variants[2]}`, "utf16le");
    assert.deepEqual(await summary(utf16, {}, "labels.TSV"), expected);
    assert.deepEqual(await summary(utf16.swap16(), {}, "labels.TSV"), expected);
    const told = await summary("sep=;\r\nimage;labels\r\na.jpg;cat,dog\r\n");
    assert.deepEqual(told.rows, [[3, "a.jpg", 1, 1]]);
  });

  test("with the lines of quoted fields and empty rows counted", async () => {
    const { rows } = await summary('image,labels\n\na.jpg,"x\r\ny"\r\n,\r\n\nb.jpg,x\n');
    assert.deepEqual(
      rows.map(([row]) => row),
      [3, 7],
    );
  });

  test("with paths from the file's folder, backslashes, absolute ones and ones that lead out", async () => {
    const { pictures } = await read("image,labels\nsub\\a.jpg,x\n../b.jpg,x\n/c.jpg,x\n./sub/d.jpg,x\n");
    const parent = join(folder, "..");
    assert.deepEqual(
      pictures.map(({ path }) => path),
      [join(folder, "sub/a.jpg"), join(parent, "b.jpg"), "/c.jpg", join(folder, "sub/d.jpg")],
    );
    assert.equal(pictures[0].name, "sub\\a.jpg");
  });
});

describe("a column a label", () => {
  test("with 1, 0, soft and unknown values", async () => {
    const text =
      "dog,image,cat,bird\n1,a.jpg,0,\n0.25,b.jpg,?,u\n-1,c.jpg,\u22121,1.0\n 0 , d.jpg ,-1.0, 5e-1\n";
    assert.deepEqual(await summary(text), {
      labels: ["dog", "cat", "bird"],
      rows: [
        [2, "a.jpg", 1, 0, -1],
        [3, "b.jpg", 0.25, -1, -1],
        [4, "c.jpg", -1, -1, 1],
        [5, "d.jpg", 0, -1, 0.5],
      ],
    });
  });

  test("with pandas' truth values, and the decimal comma of spreadsheets", async () => {
    const { rows } = await summary("image;cat;dog\na.jpg;True;FALSE\nb.jpg;0,25;1,0\n");
    assert.deepEqual(rows, [
      [2, "a.jpg", 1, 0],
      [3, "b.jpg", 0.25, 1],
    ]);
  });

  test("one of which may be called path, after the path column", async () => {
    assert.deepEqual((await summary("image,path\na.jpg,1\n")).labels, ["path"]);
  });

  test("an unnamed column without values is none", async () => {
    assert.deepEqual((await summary("image,cat,\na.jpg,1,\n")).labels, ["cat"]);
  });

  test("tells what is no target, by row and column, all at once", async () => {
    const text = "image,cat,split,\na.jpg,2,train,1\nb.jpg,yes,train,\nc.jpg,1\nd.jpg,1.5e0,train,1,1\n";
    const problems = await problemsOf(text);
    assert.equal(problems.length, 5);
    assert.match(problems[0], /^row 1: column 4 has no name/);
    assert.match(problems[1], /^rows 2 and 3: the column cat holds "2", "yes"; wanted 1, 0/);
    assert.match(problems[2], /^rows 2 and 3: the column split holds "train"/);
    assert.match(problems[3], /^row 4: 2 fields where the header has 4/);
    assert.match(problems[4], /^row 5: 5 fields where the header has 4/);
  });

  test("tells a column of other numbers in one sentence, so that it hides no other mistake", async () => {
    const rows = Array.from({ length: 50 }, (_, i) => `${i}.jpg,${100 + i},1`);
    const problems = await problemsOf(`image,width,cat\n${rows.join("\n")}\nx.jpg,200,maybe\n`);
    assert.equal(problems.length, 2);
    assert.match(
      problems[0],
      /^rows 2, 3, 4, 5, 6 and 46 more: the column width holds "100", "101", "102" and others/,
    );
    assert.match(problems[1], /^row 52: the column cat holds "maybe"/);
  });

  test("tells columns of the same name", async () => {
    assert.deepEqual(await problemsOf("image,cat,dog,cat\na.jpg,1,1,1\n"), [
      "row 1: two columns are called cat; make one of them.",
    ]);
  });
});

describe("the labels of a training set", () => {
  const labels = ["dog", "bird", "cat"];

  test("give the order; what the file lacks is absent or unknown, as its shape says", async () => {
    const tags = await summary("image,labels\na.jpg,cat|dog\nb.jpg,\n", { labels });
    assert.deepEqual(tags.labels, labels);
    assert.deepEqual(tags.rows, [
      [2, "a.jpg", 1, 0, 1],
      [3, "b.jpg", 0, 0, 0],
    ]);
    const columns = await summary("image,cat,dog\na.jpg,1,0.5\nb.jpg,0,?\n", { labels });
    assert.deepEqual(columns.rows, [
      [2, "a.jpg", 0.5, -1, 1],
      [3, "b.jpg", -1, -1, 0],
    ]);
  });

  test("are all that may occur", async () => {
    const tags = await problemsOf("image,labels\na.jpg,cow\nb.jpg,cat\nc.jpg,cow|hen\n", { labels });
    assert.equal(tags.length, 2);
    assert.match(tags[0], /^rows 2 and 4: the label cow is not among the 3/);
    assert.match(tags[1], /^row 4: the label hen/);
    const columns = await problemsOf("image,cat,cow\na.jpg,1,0\n", { labels });
    assert.match(columns[0], /^row 1: the label cow/);
  });

  test("are summed up in one sentence where many are unknown", async () => {
    const animals = Array.from({ length: 240 }, (_, i) => `animal ${i}`);
    const many = await problemsOf(`image,labels\na.jpg,${animals.join("|")}\nb.jpg,cat\n`, { labels });
    assert.equal(many.length, 1);
    assert.match(many[0], /240 of the 241 labels are not among the 3/);
    assert.match(many[0], /Not known: animal 0, animal 1, .* and 235 more\. Known: /);
  });
});

test("pictures are grouped by a column that is no label", async () => {
  const grouped = async (text: string) => {
    const { labels, targets, groups } = await read(text, { groupBy: "patient" });
    return { labels, targets: [...targets], groups };
  };
  const expected = { labels: ["cat", "dog"], targets: [1, 0, 0, 1], groups: ["p1", "p2"] };
  const tags = "image,labels,patient\na.jpg,cat,p1\nb.jpg,dog,p2\n";
  assert.deepEqual(await grouped(tags), expected);
  assert.deepEqual(await grouped("image,cat,patient,dog\na.jpg,1,p1,0\nb.jpg,0,p2,1\n"), expected);
  const [none] = await problemsOf(tags, { groupBy: "site" });
  assert.match(none, /no column site to group by; .* it has patient/);
  const [gap] = await problemsOf(tags.replace("p2", ""), { groupBy: "patient" });
  assert.match(gap, /row 3: patient is empty/);
});

describe("says what is wrong with", () => {
  test("rows, many of them in one sentence", async () => {
    const rows = Array.from({ length: 40 }, (_, i) => `img${i}.jpg,cat,dog`);
    const problems = await problemsOf(`image,labels\n${rows.join("\n")}\n,cat\nhttps://x.org/a.jpg,cat\n`);
    assert.equal(problems.length, 3);
    assert.match(problems[0], /^rows 2, 3, 4, 5, 6 and 35 more: 3 fields where the header has 2; .*quotes/);
    assert.match(problems[1], /^row 42: the column image is empty/);
    assert.match(problems[2], /^row 43: https:\/\/x.org\/a.jpg is an address/);
  });

  test("pictures that occur twice, however they are written, and no more than twenty of them", async () => {
    const [problem] = await problemsOf("image,labels\na.jpg,cat\nb.jpg,\n./x/../a.jpg,dog\n");
    assert.equal(problem, "row 4: ./x/../a.jpg is in row 2 already; make one row of them.");
    const rows = Array.from({ length: 50 }, (_, i) => `${i % 25}.jpg,cat`);
    const problems = await problemsOf(`image,labels\n${rows.join("\n")}\n`);
    assert.equal(problems.length, 21);
    assert.equal(problems[20], "and 5 more problems.");
  });

  const whole: [what: string, text: string, expected: RegExp][] = [
    [
      "a missing header",
      "a.jpg,cat\nb.jpg,dog\n",
      /columns "a.jpg", "cat"; wanted a header .* image, file, filename, path or file_name/,
    ],
    ["nothing", "\n\n", /is empty/],
    ["a header alone", "image,labels\n", /has no row/],
    ["a path column alone", "image\na.jpg\n", /wanted a column labels, or a column for each label/],
    ["two columns of tags", "image,labels,Tags\na.jpg,x,y\n", /has labels, Tags/],
    ["no label at all", "image,labels\na.jpg,\n", /has no label/],
    [
      "a quote that is not closed",
      'image,labels\na.jpg,"x\nb.jpg,y\n',
      /row 2: the file ends inside a quoted field/,
    ],
    ["a quote within a field", 'image,labels\na 5" disk.jpg,x\n', /row 2: a quote stands in the middle/],
    ["something after a quote", 'image,labels\n"a.jpg"b,x\n', /row 2: something follows the closing quote/],
    [
      "a question mark among tags",
      "image,labels\na.jpg,cat|dog\nb.jpg,?\n",
      /^row 3: \? is no label, and in a column of tags nothing can be unknown; wanted a column for each/,
    ],
    [
      "a list as Python prints it",
      "image,labels\na.jpg,\"['cat', 'dog']\"\n",
      /row 2: the tags are written as a list/,
    ],
  ];
  for (const [what, text, expected] of whole) {
    test(what, async () => {
      const [problem] = await problemsOf(text);
      assert.match(problem, expected);
    });
  }

  test("sources that are no labels file", async () => {
    await assert.rejects(readDataset(join(folder, "none.csv")), /none\.csv: there is no such file/);
    await mkdir(join(folder, "empty"));
    await assert.rejects(
      readDataset(join(folder, "empty")),
      /is a folder without pictures or labels\. We read:\n.*\n {2}csv {11}a table/s,
    );
    await assert.rejects(readDataset(folder, { format: "csv" }), /is a folder; wanted a labels file/);
    await assert.rejects(
      read("{}", {}, "labels.xyz"),
      /labels\.xyz is in a format that is not recognised; say --format NAME .* We read:\n/,
    );
    await assert.rejects(
      read("image,labels\na,b\n", { format: "cocoa" }),
      /The format cocoa is not known\. We read:\n.*\n {2}coco /s,
    );
    await assert.rejects(read(Buffer.from("image,labels\nm\xfcll.jpg,x\n", "latin1")), /not text in UTF-8/);
    assert.equal((await read("image,labels\na,b\n", { format: "csv" }, "labels")).pictures.length, 1);
  });
});
