// The app in servers of others: Express, node:http, a fetch server, another Hono app.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import express from "express";
import { Hono } from "hono";
import { plain } from "../../test/support/colours.js";
import { ask, colourBundle, form, post } from "../../test/support/service.js";
import { UserError } from "../base/errors.js";
import { loadBundle } from "../bundle/predictor.js";
import { type TaggingApp, tagger } from "./index.js";

let folder: string;
let bundle: string;
let tags: TaggingApp;
let red: Buffer;
const faults: unknown[] = [];
const hooks = { onFault: (error: unknown) => void faults.push(error) };
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "multihot-tagger-"));
  bundle = await colourBundle(folder);
  red = await plain([255, 0, 0]);
  tags = await tagger(bundle, { engine: "ort", threads: 1, timeout: 300, maxBody: 0.1, queue: 8 }, hooks);
});
after(async () => {
  await tags.close();
  await rm(folder, { recursive: true, force: true });
  assert.deepEqual(faults, []);
});

async function serving(listener: RequestListener, check: (url: string) => Promise<void>): Promise<void> {
  const server = createServer(listener);
  await once(server.listen(0, "127.0.0.1"), "listening");
  try {
    await check(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** Images are tagged below `url`, and the app's limits hold. */
async function works(url: string): Promise<void> {
  for (const body of [red, form({ "red.png": red })]) {
    const { status, json } = await post(url, body);
    assert.equal(status, 200, JSON.stringify(json));
    assert.deepEqual(json[0].labels, ["red"]);
  }
  const large = await post(url, Buffer.alloc(200_000));
  assert.deepEqual([large.status, large.json.code], [413, "too_large"]);
  const unknownLength = new Blob([Buffer.alloc(200_000)]).stream();
  const init = { method: "POST", body: unknownLength, duplex: "half" } as RequestInit;
  assert.equal((await ask(`${url}/predict`, init)).status, 413);
  const many = await post(
    url,
    form(Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`${i}.png`, red]))),
  );
  assert.deepEqual([many.status, many.json.code], [413, "too_many_images"]);
  const none = await post(url, "");
  assert.deepEqual([none.status, none.json.code], [400, "no_image"]);
  const wrong = await ask(`${url}/labels`, { method: "DELETE" });
  assert.deepEqual([wrong.status, wrong.json.code], [405, "method_not_allowed"]);
  assert.equal((await ask(`${url}/health`)).json.status, "ok");
}

test("in Express, below a path, beside other routes", () => {
  const app = express();
  app.use("/tagger", tags.middleware);
  app.get("/tagger/other", (_, response) => void response.send("other"));
  app.get("/", (_, response) => void response.send("front"));
  return serving(app, async (url) => {
    await works(`${url}/tagger`);
    assert.equal(await (await fetch(`${url}/tagger/other`)).text(), "other");
    assert.equal(await (await fetch(url)).text(), "front");
    assert.equal((await fetch(`${url}/predict`)).status, 404);
  });
});

test("in node:http alone, where unknown paths are 404 in JSON", () =>
  serving(tags.middleware, async (url) => {
    await works(url);
    const { status, json } = await ask(`${url}/elsewhere`);
    assert.deepEqual([status, json.code], [404, "not_found"]);
    // The page is part of `serve` alone.
    assert.equal((await fetch(url)).status, 404);
  }));

test("as a function from Request to Response, below basePath", async () => {
  const predictor = await loadBundle(bundle, { engine: "ort", threads: 1 });
  const app = await tagger(predictor, { basePath: "/api/tagger", maxBody: 0.1, queue: 8 }, hooks);
  const real = globalThis.fetch;
  globalThis.fetch = (input, init) => app.fetch(new Request(input, init));
  try {
    await works("http://localhost/api/tagger");
    assert.equal((await fetch("http://localhost/predict", { method: "POST", body: red })).status, 404);
    const controller = new AbortController();
    const gone = app.fetch(
      new Request("http://localhost/api/tagger/predict", {
        method: "POST",
        body: red,
        signal: controller.signal,
      }),
    );
    controller.abort();
    assert.equal((await gone).status, 499);
  } finally {
    globalThis.fetch = real;
  }
  await app.close();
  // The predictor is its owner's.
  const [tagged] = await predictor.predict([red]);
  assert.deepEqual(tagged.labels, ["red"]);
  await predictor.close();
});

test("in another Hono app", async () => {
  const parent = new Hono().route("/inner", tags.app).mount("/mounted", tags.fetch);
  for (const path of ["/inner/predict", "/mounted/predict"]) {
    const response = await parent.request(path, { method: "POST", body: red });
    assert.equal(response.status, 200, path);
    assert.deepEqual(((await response.json()) as { labels: string[] }[])[0].labels, ["red"]);
  }
});

test("a body that a parser before the tagger has read is a fault, with what to do", async () => {
  const told: unknown[] = [];
  const own = await tagger(bundle, { engine: "ort", threads: 1 }, { onFault: (error) => told.push(error) });
  const app = express().use(express.raw({ type: "*/*" }), own.middleware);
  await serving(app, async (url) => {
    const { status, json } = await post(url, red, { "Content-Type": "image/png" });
    assert.deepEqual([status, json.code], [500, "fault"]);
  });
  assert.match(String(told[0]), /Mount the tagger before express\.raw\(\)/);
  await own.close();
});

test("options that cannot be are errors, all at once; those of a loaded predictor, too", async () => {
  await assert.rejects(tagger(bundle, { basePath: "api/", maxBody: -1, port: 1 } as object), (error) => {
    assert(error instanceof UserError);
    assert.deepEqual(
      error.problems.map((problem) => problem.split(":")[0]),
      [
        "basePath",
        "maxBody",
        "there is no port; there are engine, precision, threads, batch, views, selfCheck",
      ],
    );
    return true;
  });
  await assert.rejects(tagger(tags.predictor, { threads: 2 }), /pass threads to loadBundle/);
  await assert.rejects(tagger(join(folder, "nowhere")), UserError);
});
