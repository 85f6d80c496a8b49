// Outside truth: the logistic function in double, of a network whose logits can be told by hand.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import sharp from "sharp";
import { colourNetwork, colours, plain, probabilityOf } from "../../test/support/colours.js";
import { ortEngine } from "../engines/index.js";
import type { ImageSource } from "./image-source.js";
import { unmeasured } from "./manifest.js";
import { loadBundle, type Predictor } from "./predictor.js";
import { writeBundle } from "./write.js";

let folder: string;
let predictor: Predictor;
let red: Buffer;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "multihot-predict-"));
  red = await plain([255, 90, 0]);
  await writeFile(join(folder, "red.png"), red);
  await writeBundle(join(folder, "bundle"), {
    network: colourNetwork(),
    labels: colours,
    thresholds: [0.5, 0.5, 0.9],
    metrics: unmeasured,
    selfCheckImage: red,
    engine: ortEngine({ threads: 1 }),
  });
  predictor = await loadBundle(join(folder, "bundle"), { threads: 1, batch: 2 });
});
after(async () => {
  await predictor.close();
  await rm(folder, { recursive: true, force: true });
});

const probabilities = [255, 90, 0].map(probabilityOf);

test("each kind of image gives the same numbers, under its own name", async () => {
  const server = createServer((request, response) => {
    if (request.url !== "/red.png") response.statusCode = 404;
    response.end(request.url === "/red.png" ? red : "");
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const path = join(folder, "red.png");
  const address = `http://127.0.0.1:${port}/red.png`;
  const kinds: [ImageSource, string | undefined][] = [
    [path, path],
    [pathToFileURL(path), pathToFileURL(path).href],
    [new URL(address), address],
    [red, undefined],
    [new Uint8Array(red).buffer, undefined],
    [new Blob([new Uint8Array(red)]), undefined],
    [new File([new Uint8Array(red)], "file.png"), "file.png"],
    [sharp(red), undefined],
    [{ image: red, name: "mine" }, "mine"],
  ];
  try {
    for (const [source, name] of kinds) {
      const found = await predictor.predict(source);
      assert.equal(found.image, name);
      for (const [i, label] of colours.entries()) {
        assert.ok(
          Math.abs((found.probabilities?.[label] ?? 2) - probabilities[i]) < 1e-6,
          `${name}: ${JSON.stringify(found)}`,
        );
      }
    }
    const gone = await predictor.predict(new URL(`http://127.0.0.1:${port}/gone.png`));
    assert.match(gone.error ?? "", /answers 404/);
  } finally {
    server.close();
  }
  const silent = await predictor.predict(new URL(`http://127.0.0.1:${port}/red.png`));
  assert.match(silent.error ?? "", /does not answer/);
});

test("one image, a list and a stream are predicted alike", async () => {
  const one = await predictor.predict(red);
  assert.deepEqual(await predictor.predict([red, red, red]), [one, one, one]);
  async function* stream() {
    for (let i = 0; i < 5; i++) yield red;
  }
  const found = [];
  for await (const prediction of predictor.predict(stream())) found.push(prediction);
  assert.deepEqual(found, new Array(5).fill(one));
  assert.deepEqual(await predictor.predict([]), []);
});

test("a stream is read no further than a batch ahead", async () => {
  let read = 0;
  function* endless() {
    for (;;) {
      read++;
      yield red;
    }
  }
  for await (const _ of predictor.predict(endless())) break;
  assert.ok(read <= 4, `${read} images were read for one prediction, with batches of 2`);
});

test("thresholds and topK decide the tags, the most probable first", async () => {
  const ranked = [...colours].sort(
    (a, b) => probabilities[colours.indexOf(b)] - probabilities[colours.indexOf(a)],
  );
  const labelsOf = async (options: Parameters<Predictor["predict"]>[1]) => {
    const { tags } = await predictor.predict(red, options);
    return tags?.map(({ label }) => label);
  };
  assert.deepEqual(await labelsOf({ thresholds: 0 }), ranked);
  assert.deepEqual(await labelsOf({ topK: 2 }), ranked.slice(0, 2));
  assert.deepEqual(await labelsOf({ topK: 2, thresholds: 1 }), []);
  assert.deepEqual(await labelsOf({ thresholds: [1, 0, 1] }), [colours[1]]);
  assert.deepEqual(await labelsOf({ thresholds: { [colours[2]]: 0, [colours[0]]: 1, [colours[1]]: 1 } }), [
    colours[2],
  ]);
  for (const [options, message] of [
    [{ topK: 0 }, /topK is 0/],
    [{ thresholds: 1.5 }, /is 1.5; give a number from 0 to 1/],
    [{ thresholds: [0.5] }, /1 thresholds for 3 labels/],
    [{ thresholds: { gren: 0.5 } }, /no label "gren"; do you mean "green"/],
  ] as const) {
    await assert.rejects(predictor.predict(red, options), { name: "RangeError", message });
  }
});

test("aborting rejects with the signal's reason", async () => {
  const reason = new Error("enough");
  await assert.rejects(predictor.predict(red, { signal: AbortSignal.abort(reason) }), reason);
  const control = new AbortController();
  const under = predictor.predict(new Array(50).fill(red), { signal: control.signal });
  control.abort(reason);
  await assert.rejects(under, reason);
  assert.equal((await predictor.predict(red)).error, undefined);
});

test("await using closes the predictor", async () => {
  const other = await loadBundle(join(folder, "bundle"), { threads: 1 });
  await other[Symbol.asyncDispose]();
  await assert.rejects(other.predict(red), /closed/);
});
