// Outside truth: the same training through the trunk, and an unbroken run.
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { appendFile, cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { multihot } from "../../../../test/support/run.js";
import { smallRun } from "../../../../test/support/small-run.js";
import { endOf } from "../../../../test/support/stopped.js";
import { writeSample } from "../../../data/sample/sample.js";
import type { TrainEvent, TrunkEvent } from "../../events/events.js";
import { sentenceOf } from "../../recipe/choice.js";
import type { TrainOptions } from "../../recipe/options.js";
import { runTraining } from "../../run/train.js";

let folder: string;
let data: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "multihot-features-"));
  data = await writeSample(join(folder, "sample"), { images: 560, size: 32 });
  await smallRun(folder, 1);
  options.backbone = join(folder, "backbone.onnx");
});
after(() => rm(folder, { recursive: true, force: true }));

/** Of 448 pictures: a whole chunk and a part of one. */
const options = {
  backbone: "",
  freeze: "backbone",
  augment: "none",
  size: 32,
  batch: 32,
  epochs: 3,
  lr: 0.01,
  engine: "ort",
  threads: 1,
  workers: 1,
} satisfies Partial<TrainOptions>;

async function run(name: string, given: Partial<TrainOptions>, stop?: (event: TrainEvent) => boolean) {
  const events: TrainEvent[] = [];
  const stopping = new AbortController();
  await endOf(
    runTraining(
      { data, out: join(folder, name), ...given },
      {
        signal: stopping.signal,
        onEvent(event) {
          events.push(event);
          if (stop?.(event)) stopping.abort();
        },
      },
    ),
    stopping.signal,
  );
  return events;
}

const modelOf = (name: string) => readFile(join(folder, name, "bundle", "model.onnx"));
const trunks = (events: TrainEvent[]) =>
  events.filter((event): event is TrunkEvent => event.event === "trunk" && event.set === "training");
const lossesOf = (events: TrainEvent[]) =>
  events.flatMap((event) => (event.event === "step" ? [event.loss] : []));

test("a process that is killed loses no whole chunk, and what goes on ends in the same bits", async () => {
  await run("unbroken", options);
  assert.ok(!existsSync(join(folder, "unbroken", "features")), "nothing is left behind");

  const features = join(folder, "killed", "features", "training");
  const typed = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  const killed = await multihot(["train", data, "--out", join(folder, "killed"), ...typed], {
    started: async (child: ChildProcess) => {
      const written = async () => (await readdir(features, { recursive: true }).catch(() => [])).join();
      while (!/0\.features\b(?!\.partial)/.test(await written())) await setTimeout(5);
      child.kill("SIGKILL");
    },
  });
  assert.notEqual(killed.code, 0);
  assert.ok(!existsSync(join(folder, "killed", "bundle")));
  await cp(join(folder, "killed"), join(folder, "damaged"), { recursive: true });

  const resumed = await run("killed", { resume: true });
  const [first] = trunks(resumed);
  if (first) assert.ok(first.done > 256 && first.total === 448, `${first.done} of ${first.total}`);
  assert.ok((await modelOf("killed")).equals(await modelOf("unbroken")));

  const [key] = await readdir(join(folder, "damaged", "features", "training"));
  await appendFile(join(folder, "damaged", "features", "training", key, "0.features"), "more");
  const mended = await run("damaged", { resume: true });
  assert.ok(trunks(mended)[0].done <= 256);
  assert.ok((await modelOf("damaged")).equals(await modelOf("unbroken")));
});

test("a run that goes on does not run the frozen part again", async () => {
  await run("stopped", options, ({ event }) => event === "epoch");
  const resumed = await run("stopped", { resume: true });
  assert.equal(resumed.filter(({ event }) => event === "trunk").length, 0);
  assert.ok((await modelOf("stopped")).equals(await modelOf("unbroken")));
});

test("rows that are read from the disk are the same as those in memory", async () => {
  await run("disk", { ...options, cacheLimit: 0 });
  assert.ok((await modelOf("disk")).equals(await modelOf("unbroken")));
  // A part of each, and less than at first when it goes on.
  await run("both", { ...options, cacheLimit: 1.2e-5 }, ({ event }) => event === "step");
  await run("both", { resume: true, cacheLimit: 0 });
  assert.ok((await modelOf("both")).equals(await modelOf("unbroken")));
});

test("as many views as epochs learn what augmented pictures teach", async () => {
  const augmented = { ...options, augment: "standard" } as const;
  const wanted = lossesOf(await run("augmented", augmented));
  const events = await run("views", { ...augmented, views: 3 });
  assert.match(
    events.flatMap((event) => (event.event === "start" ? event.choices.map(sentenceOf) : [])).join("\n"),
    /the frozen part runs once per image in each of 3 views; its output, 1 MB in half precision/,
  );
  assert.equal(trunks(events).at(-1)?.total, 3 * 448);
  const off = (found: number[]) =>
    Math.max(...found.map((loss, i) => Math.abs(loss - wanted[i]) / wanted[i]));
  assert.ok(off(lossesOf(events)) < 2 ** -11, `${off(lossesOf(events))}`);
  const one = await run("view", { ...augmented, views: 1 });
  assert.ok(off(lossesOf(one)) > 2 ** -9, "the views differ by more");
});

test("fewer views come in turn, and a run that goes on has them again", async () => {
  const two = { ...options, augment: "light", views: 2 } as const;
  const whole = await run("two", two);
  assert.equal(trunks(whole).at(-1)?.done, 2 * 448);
  await run("two-broken", two, (event) => event.event === "trunk" && event.done > 750);
  const resumed = await run("two-broken", { resume: true });
  assert.ok(trunks(resumed)[0].done > 448);
  assert.ok((await modelOf("two-broken")).equals(await modelOf("two")));
});

test("views without a frozen part, or without augmentation, are refused", async () => {
  await assert.rejects(
    run("x", { ...options, views: 2 }),
    /nothing is augmented.*--augment light or standard/,
  );
  await assert.rejects(
    run("x", { ...options, freeze: "none", augment: "light", views: 2 }),
    /nothing is frozen.*--freeze backbone/,
  );
});
