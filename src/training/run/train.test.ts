import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { endOf } from "../../../test/support/stopped.js";
import { readBundle } from "../../bundle/bundle.js";
import { evaluate } from "../../bundle/evaluate.js";
import type { Evaluation } from "../../bundle/manifest.js";
import { loadBundle } from "../../bundle/predictor.js";
import { readDataset } from "../../data/dataset/read.js";
import { writeSample } from "../../data/sample/sample.js";
import { readSafetensors, writeSafetensors } from "../../models/weights/safetensors.js";
import type { StartEvent, TrainEvent } from "../events/events.js";
import { sentenceOf } from "../recipe/choice.js";
import type { TrainOptions } from "../recipe/options.js";
import { reportRun } from "./report.js";
import { runTraining } from "./train.js";
import { train } from "./training.js";

let folder: string;
let data: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "multihot-training-"));
  data = await writeSample(join(folder, "sample"), { images: 30, size: 48 });
});
after(() => rm(folder, { recursive: true, force: true }));

/** Everything trains on 24 pictures, augmented: three epochs of three steps. */
const whole = {
  backbone: "resnet10-small",
  freeze: "none",
  batchnorm: "batch",
  size: 32,
  batch: 8,
  epochs: 3,
  lr: 0.01,
  precision: "fp32",
  threads: 1,
  workers: 1,
} as const;
/** The last stage trains, from the trunk's output. */
const tail = { ...whole, freeze: "layer3", augment: "none", epochs: 2 } as const;

const out = (name: string) => join(folder, name);

/** A run that stops itself after so many steps, or so many epochs. */
async function run(
  name: string,
  options: Partial<TrainOptions>,
  { steps = Infinity, epochs = Infinity, validations = Infinity, atOnce = false } = {},
): Promise<TrainEvent[]> {
  const events: TrainEvent[] = [];
  const stop = new AbortController();
  await endOf(
    runTraining(
      { data, out: out(name), ...options },
      {
        signal: stop.signal,
        onEvent(event) {
          events.push(event);
          const reached = (kind: string, limit: number) =>
            events.filter((e) => e.event === kind).length >= limit;
          const limits = {
            step: steps,
            epoch: epochs,
            validation: validations,
            start: atOnce ? 1 : Infinity,
          };
          if (Object.entries(limits).some(([kind, limit]) => reached(kind, limit))) stop.abort();
        },
      },
    ),
    stop.signal,
  );
  return events;
}

/** What a run has made: the bundle's network, and its metrics without times. */
async function made(name: string) {
  const lines = (await readFile(join(out(name), "metrics.jsonl"), "utf8")).trim().split("\n");
  const metrics = lines.map((line) => {
    const { imagesPerSecond: _, seconds: __, ...rest } = JSON.parse(line);
    return rest;
  });
  return { model: await readFile(join(out(name), "bundle", "model.onnx")), metrics };
}

/** Writes the index of a checkpoint, with its checksum. */
async function seal(checkpoint: string, { checksum: _, ...index }: Record<string, unknown>) {
  const checksum = createHash("sha256").update(JSON.stringify(index)).digest("hex");
  await writeFile(join(checkpoint, "checkpoint.json"), JSON.stringify({ ...index, checksum }));
}

const told = ({ choices }: StartEvent) => choices.map(sentenceOf).join("\n");
const withoutLoss = ({ loss: _, bce: __, ...rest }: Evaluation) => rest;
const aside = ["near-copies", "report"];
const kinds = (events: TrainEvent[]) =>
  events.map(({ event }) => event).filter((kind) => !aside.includes(kind));
function only<K extends TrainEvent["event"]>(events: TrainEvent[], kind: K) {
  return events.filter((event): event is Extract<TrainEvent, { event: K }> => event.event === kind);
}

let unbroken: Awaited<ReturnType<typeof made>>;
test("a run tells what it does in order, keeps its best epoch and writes a bundle that predicts", async () => {
  const events = await run("unbroken", whole);
  unbroken = await made("unbroken");
  const epoch = ["step", "step", "step", "validation", "epoch"];
  const once = kinds(events).filter((kind, i, all) => kind !== "validation" || all[i - 1] !== "validation");
  assert.deepEqual(once, ["start", ...epoch, ...epoch, ...epoch, "done"]);
  const [start] = only(events, "start");
  assert.ok(start.choices.some(({ reason }) => /validation: [567] images \((17|20|23) %\)/.test(reason)));
  assert.equal(start.data.pictures + start.data.validationPictures, 30);
  assert.equal(start.resumed, undefined);
  const [done] = only(events, "done");
  const epochs = only(events, "epoch");
  const best = epochs.reduce((a, b) => ((b.mAP ?? 0) > (a.mAP ?? 0) ? b : a));
  assert.equal(done.bestEpoch, best.epoch);
  assert.equal(done.mAP, best.mAP);
  assert.deepEqual(
    unbroken.metrics.map(({ epoch, loss, mAP }) => ({ epoch, loss, mAP })),
    epochs.map(({ epoch, loss, mAP }) => ({ epoch, loss, mAP })),
  );
  for (const { loss, secondsLeft, imagesPerSecond } of only(events, "step")) {
    assert.ok(loss > 0 && imagesPerSecond > 0 && Number(secondsLeft) >= 0);
  }
  const aside = await readDataset(join(out("unbroken"), "validation.csv"));
  const learned = await readDataset(join(out("unbroken"), "training.csv"));
  const parts = [...learned.pictures, ...aside.pictures].map(({ path }) => path);
  assert.deepEqual(parts.sort(), (await readDataset(data)).pictures.map(({ path }) => path).sort());
  assert.equal(aside.pictures.length, start.data.validationPictures);
  assert.ok(aside.pictures.every(({ path }) => existsSync(path)));
  const predictor = await loadBundle(done.bundle, { threads: 1 });
  const [tagged] = await predictor.predict([aside.pictures[0].path]);
  assert.equal(tagged.error, undefined);
  await predictor.close();
});

test("a run that is interrupted and resumed ends in the same bits as an unbroken one", async () => {
  const first = await run("broken", whole, { steps: 2 });
  assert.deepEqual(
    only(first, "interrupted").map(({ epoch, step }) => [epoch, step]),
    [[1, 2]],
  );
  assert.ok(!existsSync(join(out("broken"), "bundle")));
  // Interrupted at the end of an epoch, and again at once; a crash meanwhile has left lines of its own.
  const second = await run("broken", { resume: true }, { epochs: 1 });
  assert.deepEqual(only(second, "start")[0].resumed, { epoch: 1, step: 2 });
  assert.deepEqual(only(second, "interrupted")[0].epoch, 2);
  await appendFile(join(out("broken"), "metrics.jsonl"), '{"epoch":2,"loss":7}\n{"epoch":');
  await run("broken", { resume: true, lr: 0.01, workers: 2 }, { atOnce: true });
  const last = await run("broken", { resume: true });
  assert.equal(only(last, "done").length, 1);
  const again = await run("broken", { resume: true });
  assert.deepEqual(kinds(again), ["start", "done"]);
  const found = await made("broken");
  assert.deepEqual(found.metrics, unbroken.metrics);
  assert.ok(found.model.equals(unbroken.model));
});

test("what is chosen on kept scores is what a new validation would choose", async () => {
  const tuning = () => readFile(join(out("broken"), "tuning.json"), "utf8");
  const chosen = await tuning();
  assert.equal(chosen, await readFile(join(out("unbroken"), "tuning.json"), "utf8"));
  const checkpoint = join(out("broken"), "checkpoint");
  const index = JSON.parse(await readFile(join(checkpoint, "checkpoint.json"), "utf8"));
  const { scores: file, ...best } = index.best;
  const kept = await readFile(join(checkpoint, file));
  const scores = await readSafetensors(join(checkpoint, file));
  const { targets } = await readDataset(join(out("broken"), "validation.csv"));
  assert.deepEqual(scores.get("targets")?.data, targets);
  assert.deepEqual(scores.get("logits")?.shape, scores.get("targets")?.shape);
  assert.deepEqual(
    [...(scores.get("pictures")?.data ?? [])],
    Array.from({ length: targets.length / 12 }, (_, i) => i),
  );

  // Killed before the scores were known.
  await seal(checkpoint, { ...index, best });
  await rm(join(checkpoint, file));
  const anew = await run("broken", { resume: true });
  assert.deepEqual(kinds(anew), ["start", "validation", "done"]);
  assert.equal(await tuning(), chosen);
  assert.deepEqual((await made("broken")).model, unbroken.model);

  // And is the tuning really that of the kept scores: others choose otherwise.
  const logits = new Map(scores).set("logits", {
    shape: scores.get("logits")?.shape ?? [],
    data: new Float32Array(targets.length).map((_, i) => Math.sin(i)),
  });
  const sha256 = await writeSafetensors(
    join(checkpoint, file),
    logits as Parameters<typeof writeSafetensors>[1],
  );
  await seal(checkpoint, { ...index, files: { ...index.files, [file]: sha256 } });
  assert.deepEqual(kinds(await run("broken", { resume: true })), ["start", "done"]);
  assert.notEqual(await tuning(), chosen);
  await writeFile(join(checkpoint, file), kept);
  await seal(checkpoint, index);
});

test("thresholds, calibration and figures are chosen on what the bundle gives, whatever training computed in", async () => {
  // bf16 where the machine has it.
  const [done] = only(await run("coarse", { ...tail, precision: "auto" }), "done");
  const held = join(out("coarse"), "validation.csv");
  const { metrics, calibration } = (await readBundle(done.bundle)).manifest;
  const { seen, ...found } = await evaluate(done.bundle, held, { threads: 1 });
  // All of them are validation images, and the bundle knows it.
  assert.deepEqual(seen, { training: 0, validation: found.images });
  assert.deepEqual(withoutLoss(found), withoutLoss(metrics));
  assert.ok(Math.abs((found.loss ?? 0) - (metrics.loss ?? 1)) < 1e-6);
  const predictor = await loadBundle(done.bundle, { threads: 1 });
  const { pictures, labels } = await readDataset(held);
  const tagged = await predictor.predict(pictures.map(({ path }) => path));
  await predictor.close();
  const checkpoint = join(out("coarse"), "checkpoint");
  const file = JSON.parse(await readFile(join(checkpoint, "checkpoint.json"), "utf8")).best.scores;
  const kept = (await readSafetensors(join(checkpoint, file))).get("logits")?.data ?? [];
  assert.equal(kept.length, pictures.length * labels.length);
  for (const [i, logit] of kept.entries()) {
    const prediction = tagged[Math.floor(i / labels.length)];
    const column = i % labels.length;
    const line = { scale: calibration?.scale[column] ?? 1, shift: calibration?.shift[column] ?? 0 };
    const expected = 1 / (1 + Math.exp(-(line.scale * logit + line.shift)));
    assert.ok(prediction.error === undefined);
    const probability = prediction.probabilities[labels[column]];
    assert.ok(Math.abs(probability - expected) < 1e-5, `${probability}, not ${expected}`);
  }
});

/** A report without the time at which it was written. */
const reported = async (name: string) =>
  (await readFile(join(out(name), "report.html"), "utf8")).replace(/Written on [^.]*\./, "");

test("a report is written with the bundle, anew when the run is resumed or it is asked for", async () => {
  const [done] = only(await run("broken", { resume: true }), "done");
  assert.deepEqual(done.report, { path: join(out("broken"), "report.html") });
  const text = await reported("broken");
  // Why the rate was chosen is known to the run's folder alone.
  const { choices } = JSON.parse(await readFile(join(out("broken"), "config.json"), "utf8"));
  assert(choices.length > 0);
  assert(text.includes(choices[0].reason.replaceAll("'", "&#39;")));
  assert.match(text, new RegExp(`<dt>mAP</dt>\\s*<dd>${done.mAP?.toFixed(3)}</dd>`));
  assert.match(text, /<img src="data:image\/webp/);
  await rm(join(out("broken"), "report.html"));
  assert.equal(await reportRun(out("broken")), join(out("broken"), "report.html"));
  assert.equal(await reported("broken"), text);
});

test("a report that cannot be written costs nothing but itself", async () => {
  const path = join(out("broken"), "report.html");
  await rm(path);
  await mkdir(join(path, "in the way"), { recursive: true });
  const [done] = only(await run("broken", { resume: true }), "done");
  assert(
    await loadBundle(done.bundle, { threads: 1 }).then((predictor) => predictor.close().then(() => true)),
  );
  assert("problem" in done.report && /report\.html/.test(done.report.problem), JSON.stringify(done.report));
  await rm(path, { recursive: true });
});

test("an interrupted run is reported by its best epoch; one without an epoch says so", async () => {
  await run("half", whole, { epochs: 1 });
  await reportRun(out("half"));
  const text = await reported("half");
  assert.match(text, /The run is not at its end<\/strong> \(1 of 3 epochs\)/);
  assert.match(text, new RegExp(`<dt>mAP</dt>\\s*<dd>${unbroken.metrics[0].mAP.toFixed(3)}</dd>`));
  // What comes from features in half precision is rough, and enough to report.
  await run("rough", { ...tail, val: data }, { epochs: 1 });
  const index = join(out("rough"), "checkpoint", "checkpoint.json");
  const { best, ...rest } = JSON.parse(await readFile(index, "utf8"));
  assert.equal(best.scores, undefined);
  assert.match(best.roughScores, /^rough-scores-1\.safetensors$/);
  await reportRun(out("rough"));
  assert.match(await reported("rough"), /\(1 of 2 epochs\)/);
  await seal(join(out("rough"), "checkpoint"), { ...rest, best: { ...best, roughScores: undefined } });
  await assert.rejects(reportRun(out("rough")), /did not keep what the network said.*--resume/s);
  await run("barely", whole, { steps: 1 });
  await assert.rejects(reportRun(out("barely")), /No epoch of the run in .* is done yet/);
  await assert.rejects(reportRun(folder), /holds no run/);
  const rows = await readFile(data, "utf8");
  await writeFile(data, rows.replace(/,[^\n]*\n$/, ",\n"));
  await assert.rejects(
    reportRun(out("half")),
    /cannot be reported.*the training pictures' labels are not those of the run/s,
  );
  await writeFile(data, rows);
});

test("training from the trunk's output learns the same as through the trunk", async () => {
  // So slowly that steps do not blow up what half precision takes.
  const slow = { ...tail, val: data, lr: 0.0005 };
  const events = await run("from the trunk", slow);
  assert.deepEqual(new Set(only(events, "trunk").map(({ set }) => set)), new Set(["training", "validation"]));
  assert.match(told(only(events, "start")[0]), /the frozen part runs once per image/);
  await run("through", slow, { atOnce: true });
  const config = join(out("through"), "config.json");
  const content = JSON.parse(await readFile(config, "utf8"));
  assert.deepEqual(content.cached, [{ training: "disk", validation: "disk" }]);
  content.cached = [{ training: false, validation: false }];
  await writeFile(config, JSON.stringify(content));
  const through = await run("through", { resume: true });
  assert.equal(only(through, "trunk").length, 0);
  const losses = (all: TrainEvent[]) => only(all, "step").map(({ loss }) => loss);
  const wanted = losses(through);
  assert.equal(wanted.length, 8);
  losses(events).forEach((loss, i) => {
    // Half precision takes up to 2⁻¹¹ from each feature, and steps add to that.
    assert.ok(Math.abs(loss - wanted[i]) < 2 ** -10 * wanted[i], `step ${i}: ${loss}, not ${wanted[i]}`);
  });
});

test("a run that is interrupted while it validates validates anew", async () => {
  await run("cached", { ...tail, val: data });
  const first = await run("validating", { ...tail, val: data }, { validations: 1 });
  assert.deepEqual(
    only(first, "interrupted").map(({ epoch, step }) => [epoch, step]),
    [[1, 4]],
  );
  const second = await run("validating", { resume: true });
  assert.equal(only(second, "step")[0].epoch, 2);
  assert.deepEqual(await made("validating"), await made("cached"));
});

test("stages whose turn never comes are not told among what learns", async () => {
  const startOf = async (name: string, options: Partial<TrainOptions>) =>
    only(await run(name, { ...whole, ...options }, { atOnce: true }), "start")[0];
  const late = await startOf("late", { epochs: 2, unfreeze: 1, layerDecay: 0.5 });
  const tail = await startOf("late-tail", { freeze: "layer3" });
  assert.equal(late.trainableParameters, tail.trainableParameters);
  const said = told(late);
  assert.match(said, /learning rates: fc 0\.01, layer4 0\.005$/m);
  assert.match(said, /the run ends before these would have learned: layer3; layer2; ./);
});

test("no epochs write the network as initialised", async () => {
  const events = await run("nothing", { ...whole, epochs: 0 });
  assert.equal(only(events, "done")[0].bestEpoch, 0);
  assert.equal(only(events, "step").length, 0);
  await (await loadBundle(join(out("nothing"), "bundle"), { threads: 1 })).close();
});

test("a loss that is not finite stops the run and leaves the last good checkpoint", async () => {
  await assert.rejects(
    run("wild", { ...whole, optimizer: "sgd", lr: 1e25, batchnorm: "frozen" }),
    (error: Error) => {
      assert.equal(error.name, "UserError");
      assert.match(error.message, /at step \d+ \(epoch 1, batch \d\), with a learning rate of [\d.]+e\+2\d/);
      assert.match(error.message, /Try --lr 1e\+24, .* Nothing had been saved yet\./);
      return true;
    },
  );
  await run(
    "wilder",
    { ...whole, optimizer: "sgd", lr: 1e-3, schedule: "constant", warmup: 0 },
    { epochs: 1 },
  );
  const config = join(out("wilder"), "config.json");
  const content = JSON.parse(await readFile(config, "utf8"));
  content.settings.lr = 1e30;
  await writeFile(config, JSON.stringify(content));
  const checkpoint = join(out("wilder"), "checkpoint", "checkpoint.json");
  const saved = await readFile(checkpoint);
  await assert.rejects(run("wilder", { resume: true }), /epoch 2, .* is the last good one/);
  assert.deepEqual(await readFile(checkpoint), saved);
});

test("a run with a head of two layers keeps what it scaled features by, and its bundle needs it no more", async () => {
  const options = { ...whole, freeze: "backbone", augment: "none", head: "mlp", epochs: 2 } as const;
  await run("layers", options);
  await run("layers resumed", options, { steps: 2 });
  const config = JSON.parse(await readFile(join(out("layers resumed"), "config.json"), "utf8"));
  assert.ok(config.features > 0 && Math.abs(Math.log2(config.features)) > 0.5, config.features);
  await run("layers resumed", { resume: true });
  assert.deepEqual(await made("layers resumed"), await made("layers"));
  const { graph } = await readBundle(join(out("layers"), "bundle"));
  assert.ok(graph.initializers.has("fc.0.weight") && !graph.initializers.has("fc.scale"));
});

test("a picture that cannot be read is told once, counted and left out", async () => {
  const rows = (await readFile(data, "utf8")).trim().split("\n");
  const broken = join(folder, "sample", "broken.csv");
  await writeFile(join(folder, "sample", "broken.jpg"), "no picture");
  await writeFile(broken, `${[...rows, "broken.jpg,star"].join("\n")}\n`);
  const options = { ...tail, data: broken, val: data };
  const cached = await run("skipping", options);
  assert.deepEqual(
    only(cached, "skipped").map(({ set, picture, row }) => ({ set, picture, row })),
    [{ set: "training", picture: "broken.jpg", row: rows.length + 1 }],
  );
  assert.equal(only(cached, "done")[0].skipped, 1);
  const through = await run("skipping too", { ...options, freeze: "none", epochs: 1 });
  assert.equal(only(through, "skipped").length, 1);
  const phases = await run("skipping by phases", { ...options, freeze: "layer2", epochs: 3, unfreeze: 1 });
  assert.equal(only(phases, "skipped").length, 1);
  assert.equal(only(phases, "done")[0].skipped, 1);
});

test("a run folder is not overwritten, and a changed run does not go on", async () => {
  await assert.rejects(run("unbroken", whole), /holds a run already.*--resume.*--out/);
  await assert.rejects(run("sample", whole), /is not empty and holds no run/);
  await assert.rejects(run("nowhere", { ...whole, resume: true }), /holds no run to go on with/);
  const changed = { lr: 0.5, epochs: 9, size: 32, headLr: 0.1, labelWeights: { car: 2, dog: 3 } };
  await assert.rejects(run("unbroken", { resume: true, ...changed }), (error: Error) => {
    assert.match(error.message, /--epochs: 3 in the run, 9 now/);
    assert.match(error.message, /--lr: 0.01 in the run, 0.5 now/);
    assert.match(error.message, /--head-lr: not given in the run, 0.1 now/);
    assert.match(error.message, /--label-weights: not given in the run, car=2,dog=3 now/);
    assert.doesNotMatch(error.message, /size/);
    return true;
  });
  const text = await readFile(data, "utf8");
  await writeFile(data, text.replace(/,[^\n]*\n$/, ",\n"));
  await assert.rejects(run("unbroken", { resume: true }), /labels are not those of the run/);
  await writeFile(data, text);
  assert.ok(!existsSync(out("nowhere")));
});

test("a signal that has fired already leaves nothing behind", async () => {
  const signal = AbortSignal.abort();
  await assert.rejects(runTraining({ data, out: out("stopped"), ...whole }, { signal }), (error) => {
    assert.equal(error, signal.reason);
    return true;
  });
  assert.ok(!existsSync(out("stopped")));
  const options = { data, out: out("stopped"), ...whole, nearCopies: "ignore" } as const;
  const events: TrainEvent[] = [];
  await assert.rejects(
    runTraining(options, { signal, onEvent: (event) => events.push(event) }),
    (error) => error === signal.reason,
  );
  assert.deepEqual(kinds(events), ["start", "interrupted"]);
  const resumed = await runTraining({ ...options, epochs: 3, resume: true });
  assert.equal(resumed.event, "done");
  assert.deepEqual((await made("stopped")).metrics, unbroken.metrics);
});

test("unknown labels are masked in loss and measures, or count as absent; groups stay together", async () => {
  const { labels, pictures, targets } = await readDataset(data);
  const write = async (name: string, unknown: string) => {
    const rows = pictures.map(({ path }, i) => {
      const own = labels.map((_, j) => (i % 3 > 0 && j < 4 ? unknown : targets[i * labels.length + j]));
      return [path, `group ${i % 7}`, ...own].join(",");
    });
    await writeFile(out(name), `${["image", "group", ...labels].join(",")}\n${rows.join("\n")}\n`);
    return out(name);
  };
  const [unknown, absent] = [await write("unknown.csv", "?"), await write("absent.csv", "0")];
  const short = { ...tail, epochs: 1, groupBy: "group" };
  const [masked] = only(await run("masked", { ...short, data: unknown }), "start");
  await run("negative", { ...short, data: unknown, unknown: "negative" });
  await run("absent", { ...short, data: absent });
  assert.deepEqual(await made("negative"), await made("absent"));
  assert.notDeepEqual((await made("masked")).metrics, (await made("absent")).metrics);
  assert.equal(masked.data.unknown + (await unknownIn("masked")), 4 * 20);

  const rowOf = new Map(pictures.map(({ path }, i) => [path, i]));
  const groups = async (part: string) => {
    const { pictures: own } = await readDataset(join(out("masked"), part));
    return new Set(own.map(({ path }) => (rowOf.get(path) ?? 0) % 7));
  };
  const held = await groups("validation.csv");
  for (const group of await groups("training.csv")) assert.ok(!held.has(group));

  // What is measured does not depend on what stands where nothing is known.
  const bundle = join(out("masked"), "bundle");
  const counted = async (file: string, options = {}) =>
    evaluate(bundle, file, { threads: 1, groupBy: "group", ...options });
  const [ignored, negative, zeros] = [
    await counted(unknown),
    await counted(unknown, { unknown: "negative" }),
    await counted(absent),
  ];
  assert.deepEqual(negative, zeros);
  assert.notDeepEqual(ignored.labels.slice(0, 4), zeros.labels.slice(0, 4));
  assert.deepEqual(ignored.labels.slice(4), zeros.labels.slice(4));
  assert.deepEqual(
    await readFile(join(out("masked"), "config.json"), "utf8").then(
      (text) => JSON.parse(text).settings.unknown,
    ),
    "ignore",
  );
});

/** The unknown targets among the pictures that a run has set aside. */
async function unknownIn(name: string): Promise<number> {
  const { targets } = await readDataset(join(out(name), "validation.csv"));
  return targets.filter((target) => target < 0).length;
}

test("a run is a promise and an iterable of its events; leaving the loop stops it, saved", async () => {
  const options = { data, out: out("looped"), ...tail, epochs: 1, nearCopies: "ignore" } as const;
  const run = train(options);
  const seen: string[] = [];
  for await (const { event } of run) {
    seen.push(event);
    if (event === "step") break;
  }
  assert.deepEqual([seen[0], seen.at(-1)], ["start", "step"]);
  await assert.rejects(run, { name: "AbortError" });
  const again: TrainEvent[] = [];
  for await (const event of train({ out: out("looped"), data, resume: true })) again.push(event);
  assert.equal(only(again, "start")[0].resumed?.step, 1);
  assert.equal(again.at(-1)?.event, "done");

  const failing = train({ ...options, lr: 0.5, resume: true });
  await assert.rejects(
    async () => {
      for await (const _ of failing);
    },
    { name: "UserError", code: "RUN_FOLDER", message: /lr: 0.01 in the run, 0.5 now/ },
  );
  await assert.rejects(train({ ...options, batchSize: 0 }), {
    code: "OPTIONS",
    message: /batchSize: must be a number/,
  });
});
