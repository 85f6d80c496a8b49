// The limits: the queue, the body, a picture's pixels, and time; and clients that go away.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { plain, probabilityOf } from "../../test/support/colours.js";
import { ask, colourBundle, form, HalfSent, metric, post, until } from "../../test/support/service.js";
import { UserError } from "../base/errors.js";
import { checkServeOptions, type ServeOptions } from "./options.js";
import { serve } from "./serve.js";

let folder: string;
let bundle: string;
let red: Buffer;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "multihot-limits-"));
  bundle = await colourBundle(folder);
  red = await plain([255, 0, 0]);
});
after(() => rm(folder, { recursive: true, force: true }));

/** Runs a check on a service with these options. */
async function serving(options: ServeOptions, check: (url: string) => Promise<void>): Promise<void> {
  const faults: unknown[] = [];
  const service = await serve(
    bundle,
    { port: 0, engine: "ort", threads: 1, timeout: 300, ...options },
    { onFault: (e) => faults.push(e) },
  );
  try {
    await check(service.url);
  } finally {
    await service.stop();
  }
  assert.deepEqual(faults, []);
}

test("a full queue answers 503 and when to come again; places that get free are given again", () =>
  serving({ queue: 2, wait: 1500 }, async (url) => {
    const queue = (n: number) => until(async () => (await metric(url, "multihot_queue_pictures")) === n);
    // Bodies that are still arriving take no place.
    const slow = Array.from({ length: 5 }, () => new HalfSent(url, red));
    const leaving = new AbortController();
    const first = post(url, red);
    const second = fetch(`${url}/predict`, { method: "POST", body: red, signal: leaving.signal });
    await queue(2);
    const { status, headers, json } = await post(url, red);
    assert.equal(status, 503);
    assert.match(headers.get("retry-after") ?? "", /^[1-9]\d*$/);
    assert.match(json.error, /^The queue holds 2 of 2 images already\. Try again in \d+ s\.$/);
    // What needs no place is answered all the same.
    assert.equal((await ask(`${url}/health`)).status, 200);

    leaving.abort();
    await assert.rejects(second);
    await queue(1);
    const two = form({ "a.png": red, "b.png": red });
    assert.equal((await post(url, two)).status, 503);
    assert.equal((await first).status, 200);
    await queue(0);
    assert.equal((await slow[0].finish()).status, 200);
    for (const each of slow) each.hangUp();
    assert.equal((await post(url, two)).status, 200);
    const three = form({ "a.png": red, "b.png": red, "c.png": red });
    const tooMany = await post(url, three);
    assert.equal(tooMany.status, 413);
    assert.match(tooMany.json.error, /more than the 2 images allowed/);
    await queue(0);
  }));

test("a body that is too large is 413, whether its length is told or not", () =>
  serving({ maxBody: 0.01 }, async (url) => {
    const large = Buffer.alloc(3_000_000);
    const unknownLength = new ReadableStream({
      start(controller) {
        for (let i = 0; i < large.length; i += 50_000) controller.enqueue(large.subarray(i, i + 50_000));
        controller.close();
      },
    });
    for (const body of [large, unknownLength, form({ "a.png": red, "b.png": large })]) {
      const init = { method: "POST", body, duplex: "half" } as RequestInit;
      const { status, json } = await ask(`${url}/predict`, init);
      assert.equal(status, 413);
      assert.equal(json.error, "The body is larger than the 0.01 MB allowed.");
    }
    assert.equal((await post(url, red)).status, 200);
  }));

test("bodies that the queue has no room for are 503, and room that gets free is given again", () =>
  serving({ maxBody: 0.02, maxQueue: 0.02 }, async (url) => {
    const bytes = (n: number) => until(async () => (await metric(url, "multihot_queue_bytes")) === n);
    const padded = Buffer.concat([red, Buffer.alloc(16_000 - red.length)]);
    const first = new HalfSent(url, padded);
    await bytes(8000);
    const chunks = () =>
      new ReadableStream({
        start(controller) {
          for (let i = 0; i < padded.length; i += 4000) controller.enqueue(padded.subarray(i, i + 4000));
          controller.close();
        },
      });
    const unknownLength = () =>
      ask(`${url}/predict`, { method: "POST", body: chunks(), duplex: "half" } as RequestInit);
    for (const refused of [await post(url, padded), await unknownLength()]) {
      assert.equal(refused.status, 503);
      assert.match(refused.headers.get("retry-after") ?? "", /^[1-9]\d*$/);
      assert.match(
        refused.json.error,
        /^The queue has no room for this body: it holds 0\.02 MB\. Try again in \d+ s\.$/,
      );
    }
    // What is small finds room all the same.
    assert.equal((await post(url, red)).status, 200);
    await bytes(8000);
    assert.equal((await first.finish()).status, 200);
    await bytes(0);
    assert.equal((await post(url, padded)).status, 200);
    assert.equal((await unknownLength()).status, 200);
    const next = new HalfSent(url, padded);
    await bytes(8000);
    next.hangUp();
    await bytes(0);
  }));

test("a picture with too many pixels is 422, and is not decoded for it", () =>
  serving({ maxPixels: 0.001 }, async (url) => {
    assert.equal((await post(url, red)).status, 200);
    const large = await plain([255, 0, 0], "png", 40, 30);
    const { status, json } = await post(url, large);
    assert.equal(status, 422);
    assert.equal(json.error, "It has 40 × 30 pixels; 0.001 million are allowed.");
  }));

test("a request that does not come to its end in time is 408, one that is not answered in time 503", () =>
  serving({ timeout: 0.3, wait: 3000 }, async (url) => {
    const slow = await new HalfSent(url, red).answer;
    assert.equal(slow.status, 408);
    assert.match(slow.text, /did not arrive within 0\.3 s/);
    const start = performance.now();
    const { status, headers, json } = await post(url, red);
    assert(performance.now() - start < 2500);
    assert.equal(status, 503);
    assert.equal(headers.get("retry-after"), "1");
    assert.match(json.error, /was not ready within 0\.3 s/);
    await until(async () => (await metric(url, "multihot_queue_pictures")) === 0);
  }));

test("64 clients at once: each gets its own picture's tags, whatever its neighbours have sent", () =>
  serving({ queue: 64 }, async (url) => {
    const broken = (await plain([7, 7, 7], "jpeg")).subarray(0, 250);
    const clients = Array.from({ length: 64 }, async (_, client) => {
      for (let round = 0; round < 4; round++) {
        const colour = [client * 4, 255 - client * 4, round * 60] as const;
        if ((client + round) % 5 === 0) {
          const { status, json } = await post(url, broken);
          assert.equal(status, 422);
          assert.match(json.error, /^The file ends too early/);
          continue;
        }
        const { status, json } = await post(url, await plain(colour));
        assert.equal(status, 200, JSON.stringify(json));
        const { red, green, blue } = json[0].probabilities;
        for (const [i, p] of [red, green, blue].entries()) {
          assert(
            Math.abs(p - probabilityOf(colour[i])) < 1e-5,
            `client ${client}, round ${round}: ${p} of ${colour[i]}, not ${probabilityOf(colour[i])}`,
          );
        }
      }
    });
    await Promise.all(clients);
    // They were computed together.
    const batches = await metric(url, "multihot_batch_pictures_count");
    assert(batches < (await metric(url, "multihot_batch_pictures_sum")) / 2, `${batches} batches`);
  }));

test("the queue has room for the largest body, unless it is told not to", () => {
  assert.equal(checkServeOptions({}).maxQueue, 256);
  assert.equal(checkServeOptions({ maxBody: 500 }).maxQueue, 500);
  assert.throws(() => checkServeOptions({ maxBody: 50, maxQueue: 40 }), /maxQueue: must be at least maxBody/);
});

test("all options that cannot be are told at once", () => {
  const options = {
    port: 70_000,
    wait: -1,
    queue: 0,
    maxBody: 0,
    maxQueue: "much",
    token: "a b",
    threads: 0,
    colour: 1,
  } as object;
  assert.throws(
    () => checkServeOptions(options),
    (error) => {
      assert(error instanceof UserError);
      assert.deepEqual(
        error.problems.map((problem) => problem.split(":")[0]),
        [
          "maxBody",
          "maxQueue",
          "port",
          "queue",
          "there is no colour; there are engine, precision, threads, batch, views, selfCheck",
          "threads",
          "token",
          "wait",
        ],
      );
      return true;
    },
  );
});
