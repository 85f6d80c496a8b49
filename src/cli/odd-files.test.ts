// What else than images may stand in a folder: FIFOs, links that lead nowhere or round in circles, what may not be read.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { colourNetwork, colours, plain } from "../../test/support/colours.js";
import { multihot } from "../../test/support/run.js";
import { unmeasured } from "../bundle/manifest.js";
import { writeBundle } from "../bundle/write.js";
import { ortEngine } from "../engines/index.js";

const skip = process.platform === "win32" && "Windows has no FIFOs, and links only for administrators";

let cwd: string;
before(async () => {
  cwd = await mkdtemp(join(tmpdir(), "multihot-odd-"));
  if (skip) return;
  await writeBundle(join(cwd, "bundle"), {
    network: colourNetwork(),
    labels: colours,
    thresholds: [0.5, 0.5, 0.5],
    metrics: unmeasured,
    selfCheckImage: await plain([200, 120, 60], "jpeg"),
    engine: ortEngine({ threads: 1 }),
  });
  const images = join(cwd, "images");
  await mkdir(images);
  for (let i = 0; i < 24; i++) await writeFile(join(images, `${i}.png`), await plain([10 * i, 0, 255]));
  execFileSync("mkfifo", [join(images, "fifo.png"), join(cwd, "fifo.csv")]);
  await symlink("nowhere.png", join(images, "dangling.png"));
  await symlink(".", join(images, "loop"));
  const rows = Array.from({ length: 24 }, (_, i) => `images/${i}.png,${i % 2},0,1`);
  await writeFile(
    join(cwd, "fifo-among.csv"),
    ["image,red,green,blue", ...rows, "images/fifo.png,1,0,1", ""].join("\n"),
  );
  await writeFile(
    join(cwd, "dangling.csv"),
    ["image,red,green,blue", ...rows, "images/dangling.png,1,0,1", ""].join("\n"),
  );
});
after(() => rm(cwd, { recursive: true, force: true }));

/** Ends with an error what would wait for ever. */
const ends = { skip, timeout: 60_000 };

test("predict passes over a FIFO among the images and says so", ends, async () => {
  const { code, stdout } = await multihot(
    ["predict", "bundle", "images/fifo.png", "images/0.png", "--json"],
    { cwd },
  );
  assert.equal(code, 1);
  const [fifo, image] = JSON.parse(stdout);
  assert.match(fifo.error, /no regular file \(a FIFO, a socket or a device\)/);
  assert.ok(image.probabilities);
});

test("predict takes a folder that links to itself once", ends, async () => {
  const { stdout } = await multihot(["predict", "bundle", "images", "--json"], { cwd });
  const found: { image: string; error?: string }[] = JSON.parse(stdout);
  // 24 images, the FIFO and the link that leads nowhere.
  assert.equal(found.length, 26);
  assert.equal(found.filter(({ error }) => error !== undefined).length, 2);
  assert.ok(found.every(({ image }) => !image.includes("loop")));
});

test("evaluate passes over a FIFO among the images and says so", ends, async () => {
  const { code, stdout, stderr } = await multihot(["evaluate", "bundle", "fifo-among.csv", "--json"], {
    cwd,
  });
  assert.equal(code, 0, stderr);
  assert.equal(JSON.parse(stdout).images, 24);
  assert.match(stderr, /Skipped images\/fifo\.png \(row 26 .*no regular file/);
});

test("check names a FIFO among the images, and refuses one in place of the labels", ends, async () => {
  const among = await multihot(["check", "fifo-among.csv"], { cwd });
  assert.equal(among.code, 1);
  assert.match(among.stdout, /foreign-file[\s\S]*images\/fifo\.png \(row 26\)/);
  for (const command of [
    ["check", "fifo.csv"],
    ["evaluate", "bundle", "fifo.csv"],
    ["convert", "fifo.csv", "--to", "coco", "--out", "new.json"],
  ]) {
    const { code, stderr } = await multihot(command, { cwd });
    assert.equal(code, 1, command[0]);
    assert.match(stderr, /fifo\.csv is a FIFO \(named pipe\)/);
  }
});

test(
  "check says of a link that leads nowhere where it leads, and names no other file for it",
  ends,
  async () => {
    const { code, stdout } = await multihot(["check", "dangling.csv", "--no-decode"], { cwd });
    assert.equal(code, 1);
    assert.match(stdout.replace(/\s+/g, " "), /it is a link to nowhere\.png, and there is nothing\./);
    assert.doesNotMatch(stdout, /there is images/);
  },
);
