// What a crash at any moment leaves: each moment of a run's writing is replayed, as a kill and as two kinds of power cut.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import {
  type Crash,
  crashes,
  ReplayedDisk,
  recorded,
  writeLeft,
} from "../../../test/support/recorded-disk.js";
import { smallRun } from "../../../test/support/small-run.js";
import { readBundle } from "../../bundle/bundle.js";
import { presentFolder } from "../../bundle/folder.js";
import { unmeasured } from "../../bundle/manifest.js";
import { float32 } from "../../graph/tensor.js";
import type { TrainOptions } from "../recipe/options.js";
import { CheckpointFolder } from "./checkpoint.js";
import { LOCK } from "./lock.js";
import { RunFolder } from "./run-folder.js";
import { runTraining } from "./train.js";

let folder: string;
let options: TrainOptions;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "multihot-crashes-"));
  await smallRun(folder, 20);
  options = {
    data: join(folder, "labels.csv"),
    out: join(folder, "runs", "run"),
    backbone: join(folder, "backbone.onnx"),
    ...{ freeze: "backbone", augment: "none", size: 32, batch: 8, epochs: 2, lr: 0.01 },
    ...{ engine: "ort", threads: 1, workers: 1, nearCopies: "ignore" },
  };
});
after(() => rm(folder, { recursive: true, force: true }));

/** Makes a lock that of a process that is no more. */
async function bury(lock: string): Promise<void> {
  if (!existsSync(lock)) return;
  dead ??= spawnSync(process.execPath, ["--version"]).pid;
  await writeFile(lock, JSON.stringify({ ...JSON.parse(await readFile(lock, "utf8")), pid: dead }));
}
let dead: number | undefined;

const modelOf = (run: string) => readFile(join(run, "bundle", "model.onnx"));

test("whatever moment a crash comes at, a run is there whole or not at all, and goes on to the same bits", async () => {
  const runs = join(folder, "runs");
  await mkdir(runs);
  // Often enough that checkpoints are written within epochs, too.
  const operations = await recorded(runs, async () => {
    await runTraining({ ...options, saveEvery: 1e-9 });
  });
  const parts = ["training.csv", "validation.csv", "near-copies.json"];
  const wanted = await Promise.all(parts.map((name) => readFile(join(runs, "run", name))));
  const model = await modelOf(join(runs, "run"));
  assert.ok(operations.length > 100, `${operations.length} operations`);
  const seen = { nothing: 0, begun: 0, saved: 0, withinEpochs: 0, bundled: 0, resumed: 0 };
  const disk = new ReplayedDisk();
  const previous = new Map<Crash, ReadonlyMap<string, Buffer | undefined>>();
  for (const [done, operation] of operations.entries()) {
    disk.do(operation);
    for (const crash of crashes) {
      const where = `${crash} after ${done + 1} of ${operations.length} operations`;
      const files = disk.leftBy(crash);
      if (isDeepStrictEqual(files, previous.get(crash))) continue;
      previous.set(crash, files);
      const left = join(folder, "left");
      await rm(left, { recursive: true, force: true });
      await writeLeft(files, left);
      const out = join(left, "run");
      for (const name of await readdir(left)) await bury(join(left, name, LOCK));
      const run = RunFolder.existing(out);
      if (run === undefined) {
        seen.nothing++;
        // A new run can begin there as if nothing had been.
        await (await RunFolder.fresh(out)).close();
        assert.deepEqual(await readdir(left), [], where);
        continue;
      }
      seen.begun++;
      await run.readConfig();
      const found = await Promise.all(parts.map((name) => readFile(join(out, name))));
      assert.deepEqual(found, wanted, where);
      if (run.checkpoint.exists()) {
        seen.saved++;
        const { position, best } = await run.checkpoint.load();
        assert.equal((await run.readMetrics(position.epoch)).length, position.epoch - 1, where);
        if (position.step > 0) seen.withinEpochs++;
        if (best) assert.ok(await run.checkpoint.best(), where);
      }
      const bundle = presentFolder(run.bundle);
      if (existsSync(bundle)) {
        seen.bundled++;
        await readBundle(bundle);
        assert.ok((await readFile(join(bundle, "model.onnx"))).equals(model), where);
      }
      // Going on takes its time: from some moments only.
      if (done % 50 === 27) {
        seen.resumed++;
        await runTraining({ ...options, out, resume: true });
        assert.ok((await modelOf(out)).equals(model), where);
      }
    }
  }
  for (const [what, times] of Object.entries(seen)) assert.ok(times > 0, `${what}: never`);
});

test("a checkpoint with any byte changed is refused, or gives what was saved", async () => {
  const checkpoint = join(folder, "checkpoint");
  const position = { epoch: 2, step: 1, steps: 4, pending: 0, began: [0], loss: 0.5, images: 8 };
  const best = { epoch: 1, evaluation: unmeasured };
  const tensor = (...values: number[]) => float32([values.length], Float32Array.from(values));
  const scores = {
    images: 1,
    pictures: Uint32Array.of(0),
    logits: Float32Array.of(1),
    targets: Float32Array.of(0),
  };
  await new CheckpointFolder(checkpoint).save(
    { position, best, state: new Map([["w", tensor(1, 2)]]) },
    { weights: new Map([["w", tensor(3, 4)]]), scores, rough: false },
  );
  const read = async () => {
    const opened = new CheckpointFolder(checkpoint);
    return { ...(await opened.load()), kept: await opened.best() };
  };
  const whole = await read();
  let refused = 0;
  for (const name of await readdir(checkpoint)) {
    const path = join(checkpoint, name);
    const good = await readFile(path);
    for (let at = 0; at < good.length; at++) {
      const bad = Buffer.from(good);
      bad[at] ^= 1 << (at % 8);
      await writeFile(path, bad);
      try {
        assert.deepEqual(await read(), whole, `byte ${at} of ${name}`);
      } catch (error) {
        refused++;
        assert.match((error as Error).message, /^The run cannot go on: .*--out\.$/s, `byte ${at} of ${name}`);
        // Reading drops what an index does not name.
        assert.ok(existsSync(path));
      }
    }
    await writeFile(path, good);
  }
  assert.ok(refused > 500, `${refused}`);
});
