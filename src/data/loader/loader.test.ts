// The loader: the same batches whatever the threads, broken pictures told, nothing left behind.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import sharp from "sharp";
import { UserError } from "../../base/errors.js";
import { random } from "../../base/random.js";
import { Pool } from "../../base/thread-pool.js";
import type { Picture } from "../dataset/dataset.js";
import { preparePicture } from "../transform/prepare-image.js";
import { type Batch, Loader, type LoaderOptions } from "./loader.js";

let folder = "";
const whole: Picture[] = [];
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "multihot-"));
  for (let i = 0; i < 50; i++) {
    const [name, path] = [`${i}.png`, join(folder, `${i}.png`)];
    // Of different sizes, so that threads do not finish in the order in which they begin.
    const size = { width: 10 + ((i * 37) % 90), height: 12 + ((i * 53) % 70) };
    const background = { r: i * 5, g: 255 - i * 5, b: 100 };
    await sharp({
      create: { ...size, channels: 3, background, noise: { type: "gaussian", mean: i * 4, sigma: 30 } },
    })
      .png()
      .toFile(path);
    whole.push({ path, name, row: i + 2 });
  }
});
after(() => rm(folder, { recursive: true }));

const center = { kind: "center", resize: 16, crop: 14 } as const;
const augment = { kind: "augment", size: 14 } as const;
const options: LoaderOptions = { batch: 8, transform: augment, seed: 3, shuffle: true, threads: 1 };

async function collect(loader: Loader, epoch: number, from?: number): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of loader.epoch(epoch, { from })) batches.push(batch);
  return batches;
}

/** The batches of one epoch of a loader of its own. */
async function epochOf(pictures: readonly Picture[], changed: Partial<LoaderOptions>, epoch = 1) {
  const loader = new Loader(pictures, { ...options, ...changed });
  try {
    return { batches: await collect(loader, epoch), skipped: loader.skipped };
  } finally {
    await loader.close();
  }
}

describe("batches", () => {
  test("are the same where small pictures stay decoded, which then are not read again", async () => {
    const folder = await mkdtemp(join(tmpdir(), "multihot-kept-"));
    const copies = await Promise.all(
      whole.map(async (picture) => {
        const path = join(folder, picture.name);
        await copyFile(picture.path, path);
        return { ...picture, path };
      }),
    );
    for (const transform of [
      { kind: "augment", size: 32 },
      { kind: "center", resize: 36, crop: 32 },
    ] as const) {
      // None of them, some, and all.
      const plain = new Loader(whole, { ...options, transform });
      const some = new Loader(whole, { ...options, transform, keep: 40_000, threads: 2 });
      const all = new Loader(copies, { ...options, transform, keep: 1e9, threads: 2 });
      try {
        for (const epoch of [1, 2, 3]) {
          const wanted = await collect(plain, epoch);
          assert.deepEqual(await collect(some, epoch), wanted);
          assert.deepEqual(await collect(all, epoch), wanted);
          if (transform.kind === "center") await rm(folder, { recursive: true, force: true });
        }
      } finally {
        for (const loader of [plain, some, all]) await loader.close();
      }
    }
  });

  test("hold every picture once, in the data set's order or one that seed and epoch fix", async () => {
    const { batches } = await epochOf(whole, { transform: center, shuffle: false });
    assert.deepEqual(
      batches.map(({ index, count }) => [index, count]),
      [0, 1, 2, 3, 4, 5, 6].map((i) => [i, i < 6 ? 8 : 2]),
    );
    assert.deepEqual(
      batches.flatMap(({ pictures }) => [...pictures]),
      [...whole.keys()],
    );
    const orders: string[] = [];
    for (const [seed, epochs] of [
      [3, [1, 2]],
      [4, [1]],
    ] as const) {
      const loader = new Loader(whole, { ...options, transform: center, seed });
      for (const epoch of epochs) {
        const order = (await collect(loader, epoch)).flatMap(({ pictures }) => [...pictures]);
        assert.deepEqual(
          [...order].sort((x, y) => x - y),
          [...whole.keys()],
        );
        orders.push(order.join());
      }
      await loader.close();
    }
    assert.equal(new Set([...orders, [...whole.keys()].join()]).size, 4);
  });

  test("hold what preparePicture makes of each, augmented by seed, epoch and picture", async () => {
    const { batches } = await epochOf(whole, {}, 5);
    for (const { images, pictures, count } of batches) {
      assert.equal(images.length, count * 14 * 14 * 3);
      for (const [i, picture] of pictures.entries()) {
        const stream = random(3, "augment", 5, picture);
        const expected = await preparePicture(whole[picture].path, augment, stream);
        assert.deepEqual(images.slice(i * 588, (i + 1) * 588), expected);
      }
    }
  });

  test("are the same with 1, 2 and 3 threads, and whatever is decoded ahead", async () => {
    const expected = await epochOf(whole, { threads: 1, ahead: 0 });
    assert.deepEqual(await epochOf(whole, { threads: 2 }), expected);
    assert.deepEqual(await epochOf(whole, { threads: 3, ahead: 5 }), expected);
  });

  test("hold what a sampler draws, a picture that comes again as another crop of it", async () => {
    const sampler = (epoch: number) => Uint32Array.of(7, epoch, 7, 9, 7);
    const { batches } = await epochOf(whole.slice(0, 20), { batch: 2, sampler }, 4);
    assert.deepEqual(
      batches.slice(0, 3).map(({ pictures }) => [...pictures]),
      [[7, 4], [7, 9], [7]],
    );
    for (const [again, { images }] of batches.slice(0, 3).entries()) {
      const stream = again === 0 ? random(3, "augment", 4, 7) : random(3, "augment", 4, 7, again);
      assert.deepEqual(images.slice(0, 588), await preparePicture(whole[7].path, augment, stream));
    }
  });

  test("are the same when an epoch is taken up in its middle", async () => {
    const loader = new Loader(whole, options);
    const batches = await collect(loader, 1);
    assert.deepEqual(await collect(loader, 1, 4), batches.slice(4));
    assert.deepEqual(await collect(loader, 1, 7), []);
    await loader.close();
  });
});

describe("pictures that cannot be decoded", () => {
  /** 50 pictures of which these are missing. */
  const without = (...missing: number[]) =>
    whole.map((picture, i) => (missing.includes(i) ? { ...picture, path: `${picture.path}.none` } : picture));

  test("are left out of their batch, and told once", async () => {
    const loader = new Loader(without(3, 20), { ...options, transform: center, shuffle: false });
    try {
      for (const epoch of [1, 2]) {
        const batches = await collect(loader, epoch);
        assert.deepEqual(
          batches.map(({ count }) => count),
          [7, 8, 7, 8, 8, 8, 2],
        );
        assert.deepEqual([...batches[0].pictures], [0, 1, 2, 4, 5, 6, 7]);
        assert.deepEqual(
          batches[0].images.slice(3 * 588, 4 * 588),
          await preparePicture(whole[4].path, center),
        );
        assert.deepEqual(
          loader.skipped.map(({ picture, reason }) => [picture.row, reason]),
          [
            [5, "there is no such file."],
            [22, "there is no such file."],
          ],
        );
      }
    } finally {
      await loader.close();
    }
  });

  test("leave out a batch of which nothing is left", async () => {
    const { batches } = await epochOf(without(49), { batch: 7, transform: center, shuffle: false });
    assert.deepEqual(
      batches.map(({ index }) => index),
      [0, 1, 2, 3, 4, 5, 6],
    );
  });

  test("stop the run when they are more than 5 %, with their rows", async () => {
    await writeFile(join(folder, "text.png"), "no picture");
    const pictures = without(1, 30).with(40, { path: join(folder, "text.png"), name: "text.png", row: 42 });
    await assert.rejects(epochOf(pictures, {}), (error: unknown) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /^3 of the 50 pictures cannot be read/);
      assert.deepEqual([...error.problems].sort(), [
        "row 3, 1.png: there is no such file.",
        "row 32, 30.png: there is no such file.",
        "row 42, text.png: this is no picture that we can read; wanted JPEG, PNG, WebP, GIF, TIFF or AVIF.",
      ]);
      return true;
    });
  });
});

describe("work", () => {
  test("goes only as far ahead as asked", async () => {
    // The pictures of later batches appear on the disk only when the first batches are out.
    const late = whole.map((picture, i) => ({
      ...picture,
      path: i < 24 ? picture.path : join(folder, `late-${i}.png`),
    }));
    const loader = new Loader(late, { ...options, transform: center, shuffle: false, ahead: 2 });
    try {
      const counts = [];
      for await (const { index, count } of loader.epoch(1)) {
        if (index === 0) {
          await new Promise((resolve) => setTimeout(resolve, 200));
          const png = await sharp(whole[0].path).toBuffer();
          for (const { path } of late.slice(24)) await writeFile(path, png);
        }
        counts.push(count);
      }
      assert.deepEqual(counts, [8, 8, 8, 8, 8, 8, 2]);
    } finally {
      await loader.close();
    }
  });

  test("stops when the loop is left, and the loader is still good", async () => {
    const path = join(folder, "large.png");
    const large = { width: 1200, height: 1200, channels: 3, background: "red" } as const;
    await sharp({ create: large }).png().toFile(path);
    const pictures = Array.from({ length: 60 }, (_, i) => ({ path, name: "large.png", row: i + 2 }));
    const loader = new Loader(pictures, { ...options, batch: 1, ahead: 60 });
    let first = 0;
    let last = 0;
    try {
      for await (const { index } of loader.epoch(1)) {
        if (index === 0) first = performance.now();
        if (index < 6) continue;
        last = performance.now();
        break;
      }
      // Two pictures are in work; fifty and more are not begun.
      assert.ok(performance.now() - last < 1.5 * (last - first));
      assert.equal((await collect(loader, 2, 57)).length, 3);
    } finally {
      await loader.close();
    }
    await assert.rejects(collect(loader, 3), /closed/);
  });

  test("does not keep a process alive when a loader is forgotten", () => {
    const module = new URL("./loader.js", import.meta.url).href;
    const script = `
      const { Loader } = await import(${JSON.stringify(module)});
      const loader = new Loader(${JSON.stringify(whole)}, ${JSON.stringify(options)});
      let count = 0;
      for await (const batch of loader.epoch(1)) count += batch.count;
      console.log(count);`;
    const child = spawnSync(process.execPath, ["--input-type=module", "-e", script], { timeout: 20_000 });
    assert.equal(child.stdout.toString(), "50\n", child.stderr.toString());
    assert.equal(child.status, 0);
  });
});

describe("threads", () => {
  /** A thread that does `answer` with each message `m`, one after the other. */
  const thread = (answer: string) =>
    new URL(
      `data:text/javascript,${encodeURIComponent(`
        import { parentPort as port } from "node:worker_threads";
        let last = Promise.resolve();
        port.on("message", (m) => { last = last.then(async () => { if (m === null) port.close(); else { ${answer} } }); });`)}`,
    );

  test("that die fail their jobs and all later ones, and close", async () => {
    for (const [how, message] of [
      ["process.exit(3)", /exit code 3/],
      ["throw new Error('out of order')", /out of order/],
      ["process.exit(0)", /exit code 0/],
    ] as const) {
      const pool = new Pool<string, string>(thread(`if (m === "die") ${how}; else port.postMessage(m);`), 2);
      assert.equal(await pool.run("a"), "a");
      const results = await Promise.allSettled(["b", "die", "c", "d", "e", "f"].map((job) => pool.run(job)));
      const failed = results.flatMap((result) =>
        result.status === "rejected" ? [String(result.reason)] : [],
      );
      assert.ok(failed.length > 0);
      for (const reason of failed) assert.match(reason, message);
      await assert.rejects(pool.run("later"), message);
      await pool.close();
    }
  });

  test("finish what has begun when they are closed, and nothing else", async () => {
    const pool = new Pool<number, number>(
      thread("await new Promise((done) => setTimeout(done, 50)); port.postMessage(m);"),
      1,
    );
    const jobs = [1, 2, 3, 4].map((job) => pool.run(job));
    const results = Promise.allSettled(jobs);
    await pool.close();
    assert.deepEqual(
      (await results).map(({ status }) => status),
      ["fulfilled", "fulfilled", "rejected", "rejected"],
    );
  });
});
