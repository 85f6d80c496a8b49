// The hub's client against a server that behaves as the hub does: resolve, redirects, ETags, ranges, errors by code.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { float32, sizeOf } from "../../graph/tensor.js";
import { vit as buildVit } from "../families/vit.js";
import { parametersOf } from "../parameters.js";
import { openBackbone } from "../registry.js";
import { writeSafetensors } from "../weights/safetensors.js";
import { HubRepository, parseRepository } from "./hub.js";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const large = Buffer.alloc(200_000, "weights ");
const small = Buffer.from('{"size": 64, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}\n');
const sha256 = (data: Buffer) => createHash("sha256").update(data).digest("hex");
/** `git hash-object`. */
const git = (data: Buffer) => createHash("sha1").update(`blob ${data.length}\0`).update(data).digest("hex");

const half = { image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5] };

const variables = ["HF_HOME", "HF_HUB_CACHE", "HF_ENDPOINT", "HF_TOKEN", "HF_HUB_OFFLINE"] as const;
let before: Record<string, string | undefined>;
let folder: string;
let close: () => void = () => undefined;

beforeEach(async () => {
  before = Object.fromEntries(variables.map((name) => [name, process.env[name]]));
  for (const name of variables) delete process.env[name];
  folder = await mkdtemp(join(tmpdir(), "multihot-hub-"));
  process.env.HF_HOME = folder;
});

afterEach(async () => {
  for (const name of variables) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
  close();
  await rm(folder, { recursive: true, force: true });
});

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
  readonly range: string | undefined;
}

/** A hub with the repository owner/net, whose large files are on a server of their own. */
async function hub(
  files: Record<string, Buffer>,
  change: (request: IncomingMessage, response: ServerResponse, asked: Asked[]) => boolean = () => false,
): Promise<Asked[]> {
  const asked: Asked[] = [];
  const bytesOf = (url: string) => files[decodeURIComponent(url.split("/").slice(5).join("/"))];
  const told = (request: IncomingMessage) => {
    const { method = "", url = "", headers } = request;
    asked.push({ method, url, authorization: headers.authorization, range: headers.range });
  };
  const storage = createServer((request, response) => {
    told(request);
    if (change(request, response, asked)) return;
    const data = Object.values(files).find((bytes) => request.url === `/${sha256(bytes)}`) ?? Buffer.alloc(0);
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    response.writeHead(start > 0 ? 206 : 200, {
      "content-length": data.length - start,
      ...(start > 0 && { "content-range": `bytes ${start}-${data.length - 1}/${data.length}` }),
    });
    response.end(data.subarray(start));
  }).listen(0, "127.0.0.1");
  const server = createServer((request, response) => {
    told(request);
    const { url = "" } = request;
    if (change(request, response, asked)) return;
    if (url.startsWith("/old/")) {
      response.writeHead(307, { location: url.replace("/old/", "/owner/") }).end();
      return;
    }
    if (!url.startsWith("/owner/net/resolve/")) {
      response.writeHead(404, { "x-error-code": "RepoNotFound" }).end();
      return;
    }
    const data = bytesOf(url);
    if (data === undefined) {
      response.writeHead(404, { "x-error-code": "EntryNotFound", "x-repo-commit": COMMIT }).end();
      return;
    }
    if (data.length > 1000) {
      const { port } = storage.address() as AddressInfo;
      const headers = {
        "x-repo-commit": COMMIT,
        "x-linked-etag": `"${sha256(data)}"`,
        "x-linked-size": data.length,
        location: `http://localhost:${port}/${sha256(data)}`,
      };
      response.writeHead(302, headers).end();
      return;
    }
    response.writeHead(200, {
      "x-repo-commit": COMMIT,
      etag: `W/"${git(data)}"`,
      "content-length": data.length,
    });
    response.end(request.method === "HEAD" ? undefined : data);
  }).listen(0, "127.0.0.1");
  await Promise.all([once(server, "listening"), once(storage, "listening")]);
  close = () => {
    for (const each of [server, storage]) {
      each.closeAllConnections();
      each.close();
    }
    close = () => undefined;
  };
  process.env.HF_ENDPOINT = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return asked;
}

const repository = (text = "hf:owner/net") => new HubRepository(parseRepository(text));
const cache = (...path: string[]) => join(folder, "hub", "models--owner--net", ...path);

test("files lie where Python's tools look for them, and are not asked for again", async () => {
  const asked = await hub({ "onnx/model.onnx": large, "config.json": small });
  const net = repository();
  const path = await net.file("onnx/model.onnx");
  assert.equal(path, cache("snapshots", COMMIT, "onnx", "model.onnx"));
  assert.deepEqual(await readFile(path), large);
  assert.ok((await lstat(path)).isSymbolicLink());
  assert.equal(await readlink(path), join("..", "..", "..", "blobs", sha256(large)));
  await net.file("config.json");
  assert.deepEqual((await readdir(cache("blobs"))).sort(), [git(small), sha256(large)].sort());
  assert.equal(await readFile(cache("refs", "main"), "utf8"), COMMIT);
  assert.equal(await net.optionalFile("preprocessor_config.json"), undefined);
  assert.deepEqual(await readdir(cache(".no_exist", COMMIT)), ["preprocessor_config.json"]);

  const pinned = repository(`hf:owner/net@${COMMIT}`);
  const before = asked.length;
  assert.equal(await pinned.file("onnx/model.onnx"), path);
  assert.equal(await pinned.optionalFile("preprocessor_config.json"), undefined);
  assert.equal(asked.length, before);
});

test("what Python's tools have downloaded is used, without a network too", async () => {
  await mkdir(cache("refs"), { recursive: true });
  await writeFile(cache("refs", "main"), COMMIT);
  const path = cache("snapshots", COMMIT, "model.onnx");
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, large);
  process.env.HF_HUB_OFFLINE = "1";
  assert.equal(await repository().file("model.onnx"), path);
  await assert.rejects(
    repository().file("other.onnx"),
    /other\.onnx of owner\/net isn't in the cache.*HF_HUB_OFFLINE.*huggingface\.co\/owner\/net\/resolve\/\w+\/other\.onnx by hand/s,
  );
  delete process.env.HF_HUB_OFFLINE;
  process.env.HF_ENDPOINT = "http://127.0.0.1:9";
  assert.equal(await repository().file("model.onnx"), path);
});

test("the token goes to the hub and not to where it sends on to; a renamed repository is followed", async () => {
  const asked = await hub({ "model.onnx": large });
  process.env.HF_TOKEN = "hf_secret";
  await repository("hf:old/net").file("model.onnx");
  const { port } = new URL(process.env.HF_ENDPOINT ?? "");
  assert.ok(port && asked.length >= 4);
  for (const { url, authorization } of asked) {
    assert.equal(authorization, url.includes("/resolve/") ? "Bearer hf_secret" : undefined, url);
  }
});

test("a download that broke off is continued, and a wrong content is not kept", async () => {
  let broken = 0;
  const asked = await hub({ "model.onnx": large }, (request, response) => {
    if (request.url?.includes("resolve") || broken++ > 0) return false;
    response.writeHead(200, { "content-length": large.length });
    response.write(large.subarray(0, 50_000), () => setTimeout(() => response.destroy(), 100));
    return true;
  });
  assert.deepEqual(await readFile(await repository().file("model.onnx")), large);
  const ranges = asked.flatMap(({ range, url }) => (range && !url.includes("resolve") ? range : []));
  assert.ok(ranges.length === 1 && /^bytes=[1-9]\d*-$/.test(ranges[0]), ranges.join());
  close();
  await rm(cache(), { recursive: true });
  await hub({ "model.onnx": large }, (request, response) => {
    if (request.url?.includes("resolve")) return false;
    response.end(Buffer.alloc(large.length));
    return true;
  });
  await assert.rejects(
    repository().file("model.onnx"),
    /model\.onnx of owner\/net came from .* should begin with/,
  );
  assert.deepEqual(await readdir(cache("blobs")), []);
});

test("errors say what to do", async () => {
  const cases: [status: number, code: string, wanted: RegExp][] = [
    [401, "RepoNotFound", /no repository owner\/net, or it is private.*HF_TOKEN/],
    [404, "RevisionNotFound", /has no revision v9/],
    [403, "GatedRepo", /is gated\. Ask for access at .*\/owner\/net, make a token.*HF_TOKEN/],
    [500, "", /can't be asked for it \(HTTP 500\)/],
  ];
  let answer: [number, string] = [500, ""];
  await hub({}, (_, response) => {
    response.writeHead(answer[0], answer[1] ? { "x-error-code": answer[1] } : {}).end();
    return true;
  });
  for (const [status, code, wanted] of cases) {
    answer = [status, code];
    await assert.rejects(repository("hf:owner/net@v9").file("model.onnx"), {
      name: "UserError",
      message: wanted,
    });
  }
  for (const text of ["hf:net", "hf:a/b@../c", "hf:a/b/c"]) {
    assert.throws(() => parseRepository(text), /names no repository/);
  }
});

test("config.json says which network that is built here a repository holds", async () => {
  const vit = { patch: 8, width: 24, depth: 1, heads: 3, size: 32, classToken: true, epsilon: 1e-6 } as const;
  const { graph } = buildVit({ ...vit, activation: "gelu", layerScale: true }, 32);
  const weights = new Map(
    parametersOf(graph).map(({ name }, i) => {
      const { shape } = graph.initializers.get(name) ?? { shape: [] };
      return [name, float32(shape, new Float32Array(sizeOf(shape)).fill(0.01 * i))] as const;
    }),
  );
  const file = join(folder, "weights.safetensors");
  await writeSafetensors(file, weights);
  const config = {
    ...{ model_type: "dinov2", hidden_size: 24, num_hidden_layers: 1, num_attention_heads: 3, mlp_ratio: 4 },
    ...{ patch_size: 8, image_size: 32, hidden_act: "gelu", layer_norm_eps: 1e-6 },
  };
  await hub({
    "config.json": Buffer.from(JSON.stringify(config)),
    "preprocessor_config.json": Buffer.from(
      JSON.stringify({
        size: { shortest_edge: 40 },
        crop_size: 32,
        do_center_crop: true,
        resample: 3,
        ...half,
      }),
    ),
    "model.safetensors": await readFile(file),
  });
  const backbone = await openBackbone({ backbone: "hf:owner/net" });
  assert.equal(backbone.features, 24);
  const { resize, crop, interpolation } = backbone.preprocess;
  assert.deepEqual([resize, crop, interpolation], [40, 32, "bicubic"]);
  for (const [name, { data }] of weights)
    assert.deepEqual(backbone.graph.initializers.get(name)?.data, data, name);
  const larger = await openBackbone({ backbone: "hf:owner/net", size: 48 });
  assert.deepEqual(larger.graph.initializers.get("pos_embed")?.shape, [1, 37, 24]);
});

test("a repository without a network that we know says where its files are listed", async () => {
  await hub({ "config.json": small });
  await assert.rejects(
    openBackbone({ backbone: "hf:owner/net" }),
    /has no onnx\/model\.onnx.*\/owner\/net\/tree\/main.*--file/,
  );
  await assert.rejects(openBackbone({ backbone: "hf:owner/net", file: "x.onnx" }), /has no x\.onnx/);
});
