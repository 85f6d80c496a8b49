// What the service answers. Outside truth: the logistic function in double, the predictor on the same files,
// and OpenAPI's own JSON schema.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import sharp from "sharp";
import { colours, plain, probabilityOf } from "../../test/support/colours.js";
import { type Answer, ask, colourBundle, form, post } from "../../test/support/service.js";
import { Pool } from "../base/thread-pool.js";
import type { DecodeAnswer, DecodeJob } from "./decode-worker.js";
import { pageFiles } from "./page.js";
import { type Service, serve } from "./serve.js";

const quiet = { port: 0, engine: "ort", threads: 1, timeout: 300 } as const;
let folder: string;
let bundle: string;
let service: Service;
const faults: unknown[] = [];
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "multihot-service-"));
  bundle = await colourBundle(folder);
  service = await serve(bundle, quiet, { onFault: (error) => faults.push(error) });
});
after(async () => {
  await service.stop();
  await rm(folder, { recursive: true, force: true });
  assert.deepEqual(faults, []);
});

test("each kind of picture, sent as it is, gets what the predictor says of it", async () => {
  const image = sharp({ create: { width: 30, height: 20, channels: 3, background: "#e08030" } });
  for (const format of ["jpeg", "png", "webp", "avif", "gif"] as const) {
    const bytes = await image.clone().toFormat(format).toBuffer();
    const { tags, ...wanted } = await service.predictor.predict(bytes);
    // The right type, none, and what curl says of everything.
    for (const type of [`image/${format}`, "", "application/x-www-form-urlencoded"]) {
      const { status, json } = await post(service.url, bytes, type ? { "Content-Type": type } : {});
      assert.equal(status, 200, format);
      assert.ok(tags);
      assert.deepEqual(json, [{ image: "picture 1", ...wanted }]);
    }
  }
});

test("the files of a form are answered in their order, under their names; one that is bad is an error", async () => {
  const white = await plain([255, 255, 255]);
  const { status, json } = await post(
    service.url,
    form({
      "a red one.png": await plain([255, 0, 0]),
      "cut.jpg": (await plain([9, 9, 9], "jpeg")).subarray(0, 200),
      "weiß.png": white,
    }),
  );
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(json[0]), ["image", "probabilities", "labels"]);
  assert.deepEqual(Object.keys(json[1]), ["image", "error"]);
  assert.deepEqual(
    json.map(({ image }) => image),
    ["a red one.png", "cut.jpg", "weiß.png"],
  );
  assert.deepEqual(json[0].labels, ["red"]);
  assert(Math.abs(json[0].probabilities.red - probabilityOf(255)) < 1e-6);
  assert(Math.abs(json[0].probabilities.blue - probabilityOf(0)) < 1e-6);
  assert.match(json[1].error, /^The file ends too early or is damaged/);
  assert.deepEqual(json[2].labels, colours);
});

test("a form as old clients write it, its names without quotes, is read, too", async () => {
  const black = await plain([0, 0, 0]);
  const body = Buffer.concat([
    Buffer.from("--x\r\nContent-Disposition: form-data; name=note\r\n\r\nhello\r\n"),
    Buffer.from("--x\r\nContent-Disposition: form-data; name=file; filename=black.png\r\n\r\n"),
    black,
    Buffer.from("\r\n--x\r\nContent-Disposition: form-data; name=other\r\nContent-Type: image/png\r\n\r\n"),
    black,
    Buffer.from("\r\n--x--\r\n"),
  ]);
  const { status, json } = await post(service.url, body, {
    "Content-Type": "multipart/form-data; boundary=x",
  });
  assert.equal(status, 200);
  assert.deepEqual(
    json.map(({ image, labels }) => [image, labels]),
    [
      ["black.png", []],
      ["picture 2", []],
    ],
  );
});

test("a bad picture alone is 422 and a sentence; so are several that are all bad", async () => {
  for (const bytes of [Buffer.from("no picture"), Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')]) {
    const { status, json } = await post(service.url, bytes);
    assert.equal(status, 422);
    assert.match(json.error, /^This is no picture that we can read; wanted JPEG, PNG, .*\.$/);
  }
  const { status, json } = await post(
    service.url,
    form({ "a.jpg": Buffer.from("a"), "b.jpg": Buffer.alloc(0) }),
  );
  assert.equal(status, 422);
  assert.match(json.error, /^None of the 2 images can be read\. The first: /);
  assert.deepEqual(json.pictures[1], { image: "b.jpg", error: "The file is empty." });
});

test("threads that start leave the decoders alone: libvips has them for all threads, and others may be reading", async () => {
  const drawing = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"/>');
  const drawn = () => sharp(drawing).metadata();
  await assert.rejects(drawn(), /unsupported image format/);
  const operation = ["VipsForeignLoadSvg"];
  sharp.unblock({ operation });
  try {
    const pool = new Pool<DecodeJob, DecodeAnswer>(new URL("./decode-worker.js", import.meta.url), 1);
    const transform = { kind: "center", resize: 4, crop: 4 } as const;
    const answer = await pool.run({ bytes: await plain([1, 2, 3]), transform, maxPixels: 1e6 });
    assert("image" in answer);
    assert.equal((await drawn()).format, "svg");
    await pool.close();
  } finally {
    sharp.block({ operation });
  }
});

test("requests that are none get a sentence in JSON, each with its status", async () => {
  const { url } = service;
  const cases: [Promise<Answer>, number, RegExp][] = [
    [post(url, ""), 400, /^The request has no body\. Send the bytes of an image, or a form/],
    [post(url, form({})), 400, /^The form has no file|is not a valid form/],
    [
      post(url, "x", { "Content-Type": "multipart/form-data" }),
      400,
      /is not a valid form .* has no boundary/,
    ],
    [post(url, "x", { "Content-Type": "multipart/form-data; boundary=y" }), 400, /is not a valid form/],
    [ask(`${url}/predict`), 405, /^\/predict does not take GET; it takes POST\.$/],
    [
      ask(`${url}/labels`, { method: "DELETE" }),
      405,
      /^\/labels does not take DELETE; it takes GET, HEAD\.$/,
    ],
    [ask(`${url}/nowhere`), 404, /^There is nothing at \/nowhere\.$/],
    [ask(`${url}/page/../../package.json`), 404, /^There is nothing at/],
  ];
  for (const [answer, status, sentence] of cases) {
    const { json, ...found } = await answer;
    assert.equal(found.status, status, sentence.source);
    assert.match(json.error, sentence);
  }
  assert.equal((await ask(`${url}/predict`)).headers.get("allow"), "POST");
});

test("what is not HTTP gets a sentence in JSON, too", async () => {
  const { hostname, port } = new URL(service.url);
  for (const [sent, line, sentence] of [
    ["HELLO\r\n\r\n", /^HTTP\/1\.1 400 Bad Request\r\n/, /It is not HTTP/],
    [`GET / HTTP/1.1\r\nX: ${"x".repeat(20_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /, /Its headers are too large/],
    ["GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n", /^HTTP\/1\.1 400 /, /malformed/],
  ] as const) {
    const socket = connect(Number(port), hostname);
    socket.end(sent);
    let text = "";
    for await (const chunk of socket.setEncoding("utf8")) text += chunk;
    assert.match(text, line);
    assert.match(JSON.parse(text.slice(text.indexOf("\r\n\r\n"))).error, sentence);
  }
});

test("labels, health and metrics", async () => {
  const { url } = service;
  assert.deepEqual((await ask(`${url}/labels`)).json, { labels: [...colours], thresholds: [0.5, 0.5, 0.9] });
  assert.equal((await fetch(`${url}/health`, { method: "HEAD" })).status, 200);
  const health = await ask(`${url}/health`);
  assert.deepEqual([health.status, health.json.status, health.json.labels], [200, "ok", 3]);
  await post(url, await plain([1, 2, 3]));
  const metrics = await fetch(`${url}/metrics`);
  assert.match(metrics.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
  const text = await metrics.text();
  assert.match(text, /^multihot_requests_total\{path="\/predict",status="200"\} [1-9]/m);
  assert.match(text, /^multihot_pictures_total\{outcome="tagged"\} [1-9]/m);
  assert.match(text, /^multihot_queue_pictures 0$/m);
  assert.match(text, /^process_resident_memory_bytes [1-9]/m);
  // Paths that somebody thinks of must not become metrics: each would stay for ever.
  assert.doesNotMatch(text, /nowhere/);
});

test("the description is OpenAPI, and describes what there is", async () => {
  const { json } = await ask(`${service.url}/openapi.json`);
  const { valid, errors } = await new Validator().validate({ ...json });
  assert(valid, JSON.stringify(errors));
  assert.deepEqual(Object.keys(json.paths).sort(), ["/health", "/labels", "/metrics", "/predict"]);
  for (const [path, operations] of Object.entries(json.paths)) {
    for (const method of Object.keys(operations)) {
      const { status } = await fetch(service.url + path, { method: method.toUpperCase() });
      assert.notEqual(status, 404, path);
      assert.notEqual(status, 405, path);
    }
  }
  assert.deepEqual(json.components.schemas.Tagged.properties.labels.items.enum, [...colours]);
});

test("the page comes whole from the service, and may load nothing from elsewhere", async () => {
  const response = await fetch(`${service.url}/`);
  assert.match(response.headers.get("content-type") ?? "", /^text\/html/);
  const policy = response.headers.get("content-security-policy") ?? "";
  assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self'; /);
  assert.doesNotMatch(policy, /unsafe|\*|https?:/);
  const html = await response.text();
  const parts = [...html.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, path]) => path);
  assert(parts.length >= 3);
  for (const part of parts) {
    const { status } = await fetch(new URL(part, `${service.url}/`));
    assert.equal(status, 200, part);
    assert.doesNotMatch(part, /^(https?:)?\/\//);
  }
  for (const { path, content } of pageFiles()) {
    const elsewhere = content.replaceAll('xmlns="http://www.w3.org/2000/svg"', "");
    assert.doesNotMatch(elsewhere, /https?:\/\/|@import|url\(|innerHTML|style="/, path);
    assert.equal(await (await fetch(service.url + path)).text(), content);
  }
});

test("with a token, strangers get the page, the description without labels, and whether the service works", async () => {
  const token = "s3cret-~token+/=";
  const secured = await serve(bundle, { ...quiet, token });
  try {
    const red = await plain([255, 0, 0]);
    const bearing = (value: string) => ({ Authorization: value });
    for (const path of ["/labels", "/metrics"]) {
      const { status, headers, json } = await ask(secured.url + path);
      assert.equal(status, 401);
      assert.match(headers.get("www-authenticate") ?? "", /^Bearer/);
      assert.match(json.error, /^This service needs a token/);
      assert.equal((await fetch(secured.url + path, { headers: bearing(`Bearer ${token}`) })).status, 200);
    }
    for (const wrong of [`Bearer ${token.slice(0, -2)}`, `Bearer x${token}`, "Bearer nonsense"]) {
      const { status, json } = await post(secured.url, red, bearing(wrong));
      assert.equal(status, 401, wrong);
      assert.match(json.error, /not the one of this service/);
    }
    assert.equal((await post(secured.url, red, bearing("Basic eDp5"))).status, 400);
    const { status, json } = await post(secured.url, red, bearing(`bearer ${token}`));
    assert.equal(status, 200);
    assert.deepEqual(json[0].labels, ["red"]);
    for (const path of ["/", "/health", "/openapi.json", "/page/main.js"]) {
      assert.equal((await fetch(secured.url + path)).status, 200, path);
    }
    const description = (await ask(`${secured.url}/openapi.json`)).json;
    assert((await new Validator().validate({ ...description })).valid);
    assert.deepEqual(description.paths["/predict"].post.security, [{ token: [] }]);
    assert.doesNotMatch(JSON.stringify(description), /green/);
    const stranger = await ask(`${secured.url}/health`, { headers: bearing("Bearer wrong") });
    assert.equal(stranger.status, 200);
    assert.deepEqual(stranger.json, { status: "ok" });
    const headers = bearing(`Bearer ${token}`);
    const known = (await ask(`${secured.url}/openapi.json`, { headers })).json;
    assert.deepEqual(known.components.schemas.Tagged.properties.labels.items.enum, [...colours]);
    const health = (await ask(`${secured.url}/health`, { headers })).json as unknown as { backbone: string };
    assert.equal(health.backbone, "colours");
  } finally {
    await secured.stop();
  }
});

test("a fault of the service is 500 and told to its operator, and its health says so", async () => {
  const told: unknown[] = [];
  const broken = await serve(bundle, quiet, { onFault: (error) => told.push(error) });
  await broken.predictor.close();
  const { status, json } = await post(broken.url, await plain([255, 0, 0]));
  assert.equal(status, 500);
  assert.match(json.error, /the request was fine/);
  assert.match(String(told[0]), /closed/);
  const health = await ask(`${broken.url}/health`);
  assert.deepEqual([health.status, health.json.status], [503, "failing"]);
  await broken.stop();
});
