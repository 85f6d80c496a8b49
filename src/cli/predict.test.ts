// multihot predict and evaluate as programs, on the network that can be computed by hand.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { colourNetwork, colours, plain, probabilityOf } from "../../test/support/colours.js";
import { multihot } from "../../test/support/run.js";
import { unmeasured } from "../bundle/manifest.js";
import { writeBundle } from "../bundle/write.js";
import { ortEngine } from "../engines/index.js";

let cwd: string;
before(async () => {
  cwd = await mkdtemp(join(tmpdir(), "multihot-predict-"));
  await writeBundle(join(cwd, "bundle"), {
    network: colourNetwork(),
    labels: colours,
    thresholds: [0.5, 0.5, 0.5],
    metrics: unmeasured,
    selfCheckImage: await plain([200, 120, 60], "jpeg"),
    engine: ortEngine({ threads: 1 }),
  });
  await mkdir(join(cwd, "pictures", "more"), { recursive: true });
  const put = async (name: string, content: Uint8Array | string) =>
    writeFile(join(cwd, "pictures", name), content);
  await put("a red one.png", await plain([255, 0, 0]));
  await put("black.png", await plain([0, 0, 0]));
  await put("broken.jpg", "no picture");
  await put("more/white.PNG", await plain([255, 255, 255]));
  await put("notes.txt", "no picture either");
  await put(
    "labels.csv",
    "image,red,green,blue\na red one.png,1,0,0\nblack.png,0,0,1\nmore/white.PNG,1,,1\n",
  );
});
after(() => rm(cwd, { recursive: true, force: true }));

const high = probabilityOf(255);
const low = probabilityOf(0);

test("predict --json prints nothing but the design's array; a broken picture is an entry and exit code 1", async () => {
  const { code, stdout, stderr } = await multihot(
    ["predict", "bundle", "pictures", "pictures/mi*.jpg", "missing.jpg", "pictures/black.png", "--json"],
    { cwd },
  );
  assert.equal(code, 1, stderr);
  assert.equal(stderr, "");
  const found = JSON.parse(stdout);
  const images = found.map(({ image }: { image: string }) => image);
  assert.deepEqual(images, [
    join("pictures", "a red one.png"),
    join("pictures", "black.png"),
    join("pictures", "broken.jpg"),
    join("pictures", "more", "white.PNG"),
    "pictures/mi*.jpg",
    "missing.jpg",
    "pictures/black.png",
  ]);
  for (const i of [2, 4, 5]) assert.deepEqual(Object.keys(found[i]), ["image", "error"]);
  for (const i of [0, 1, 3, 6]) assert.deepEqual(Object.keys(found[i]), ["image", "probabilities", "labels"]);
  assert.deepEqual(found[0].labels, ["red"]);
  assert.deepEqual(found[3].labels, colours);
  assert(Math.abs(found[0].probabilities.red - high) < 1e-6);
  assert(Math.abs(found[0].probabilities.blue - low) < 1e-6);
});

test("predict --csv quotes what needs it, and has a column for each label", async () => {
  await writeFile(join(cwd, 'a "b", c.png'), await plain([255, 255, 0]));
  const { code, stdout } = await multihot(["predict", "bundle", 'a "b", c.png', "--csv"], { cwd });
  assert.equal(code, 0);
  const [head, row, end] = stdout.split("\n");
  assert.equal(head, "image,labels,error,red,green,blue");
  assert.match(row, /^"a ""b"", c\.png",red\|green,,0\.99\d+,0\.99\d+,0\.00\d+$/);
  assert.equal(end, "");
});

test("predict prints a table, and a pattern stands for what it matches", async () => {
  const { code, stdout } = await multihot(["predict", "bundle", "pictures/**/*.{png,PNG}"], { cwd });
  assert.equal(code, 0);
  const lines = stdout.trim().split("\n");
  assert.equal(lines.length, 4);
  assert.match(lines[1], /a red one\.png +red 0\.99$/);
  assert.match(
    lines[2],
    /black\.png +none \((red|green|blue) 0\.01 comes closest; its threshold is 0\.50\)$/,
  );
  assert.match(lines[3], /white\.PNG +(red|green|blue) 0\.99, .* 0\.99, .* 0\.99$/);
});

test("a reader that closes its end early is no error", async () => {
  const { code, stderr } = await multihot(["predict", "bundle", ...Array(200).fill("pictures/black.png")], {
    cwd,
    started: (child) => child.stdout?.destroy(),
  });
  assert.equal(code, 0);
  // A busy machine also tells its progress there.
  assert.doesNotMatch(stderr, /error|EPIPE/i);
});

test("evaluate --json has the design's keys, with numbers that can be told by hand", async () => {
  const { code, stdout, stderr } = await multihot(["evaluate", "bundle", "pictures/labels.csv", "--json"], {
    cwd,
  });
  assert.equal(code, 0, stderr);
  const found = JSON.parse(stdout);
  const designed = [
    "images",
    "loss",
    "mAP",
    "microF1",
    "macroF1",
    "hammingLoss",
    "subsetAccuracy",
    "rankingAveragePrecision",
    "coverageError",
    "rankingLoss",
    "labels",
  ];
  const added = ["mAPInterval", "CP", "CR", "CF1", "OP", "OR", "OF1", "imageF1", "labelsFound", "seen"];
  assert.deepEqual(Object.keys(found).sort(), [...designed, ...added].sort());
  assert.deepEqual(Object.keys(found.labels[0]), [
    "name",
    "positives",
    "averagePrecision",
    "threshold",
    "precision",
    "recall",
    "f1",
  ]);
  assert.equal(found.images, 3);
  // Of 8 known targets 7 are as the colours say; blue says of the black picture what is not to be seen.
  const right = -Math.log(high);
  assert(Math.abs(found.loss - (7 * right - Math.log(low)) / 8) < 1e-6);
  assert.equal(found.hammingLoss, 1 / 8);
  const [red, green, blue] = found.labels;
  assert.deepEqual(
    [red.name, red.positives, red.averagePrecision, red.precision, red.recall, red.f1],
    ["red", 2, 1, 1, 1, 1],
  );
  assert.deepEqual([green.positives, green.averagePrecision], [0, null]);
  // White first, then red and black, whose blues tie: precision 1 at the first positive, 2/3 at the second.
  assert.equal(blue.averagePrecision, 1 / 2 + (1 / 2) * (2 / 3));
  assert.equal(blue.recall, 1 / 2);
  assert.equal(found.mAP, (1 + blue.averagePrecision) / 2);
  assert.ok(found.mAPInterval.low < found.mAP && found.mAP < found.mAPInterval.high);
  // Blue is found in one of two images; red in both of its, and in the same ones.
  assert.equal(found.CF1, (2 * 1 * 0.75) / (1 + 0.75));
  assert.equal(found.OF1, found.microF1);
  assert.deepEqual([found.labelsFound, found.seen], [2, null]);
});

test("evaluate prints tables", async () => {
  const { code, stdout } = await multihot(["evaluate", "bundle", "pictures/labels.csv"], { cwd });
  assert.equal(code, 0);
  assert.match(stdout, /^label +positives +average precision +threshold +precision +recall +F1$/m);
  assert.match(stdout, /^green +0 +– +0\.500/m);
  assert.match(stdout, /^mAP 0\.917 \(95 % confidence: 0\.\d{3} to \d\.\d{3}\) on 3 images$/m);
  assert.match(stdout, /^labels found \(N\+\) +2 of 2$/m);
});
