// A download survives a bad connection, a bad server and company, and says in a sentence what went wrong.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../base/errors.js";
import { type DownloadProgress, download } from "./download.js";
import { cacheFolder, imagenet, imagenetWeights } from "./imagenet.js";

const scratch = await mkdtemp(join(tmpdir(), "multihot-download-"));
after(() => rm(scratch, { recursive: true }));
const content = randomBytes(300_000);
const sha256 = createHash("sha256").update(content).digest("hex").slice(0, 8);

/** A folder, a server that answers as told, and the Range header of each request that it got. */
async function scene(
  t: { after(fn: () => void): void },
  answer: (request: IncomingMessage, response: ServerResponse, count: number) => unknown,
) {
  const ranges: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    ranges.push(request.headers.range);
    answer(request, response, ranges.length);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const folder = await mkdtemp(join(scratch, "scene-"));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/weights.pth`;
  const path = join(folder, "weights.pth");
  return { ranges, folder, address, path, wanted: { address, sha256, path, what: "The weights of test" } };
}

/** As a good server: the whole, or the range asked for. */
function send(request: IncomingMessage, response: ServerResponse): void {
  const start = head(request, response);
  if (start !== undefined) response.end(content.subarray(start));
}

function head(request: IncomingMessage, response: ServerResponse): number | undefined {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  if (start >= content.length) {
    response.writeHead(416, { "content-range": `bytes */${content.length}` }).end();
    return undefined;
  }
  response.writeHead(request.headers.range ? 206 : 200, {
    "content-length": content.length - start,
    ...(request.headers.range && {
      "content-range": `bytes ${start}-${content.length - 1}/${content.length}`,
    }),
  });
  return start;
}

/** Breaks the connection when the first `until` bytes of the content have arrived in the folder. */
async function breakAt(
  until: number,
  folder: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.write(content.subarray(head(request, response), until));
  await arrived(until, folder);
  response.destroy();
}

async function arrived(size: number, folder: string): Promise<void> {
  for (;;) {
    const [part] = (await readdir(folder)).filter((name) => name.endsWith(".part"));
    if (part && (await stat(join(folder, part))).size >= size) return;
    await sleep(10);
  }
}

async function assertComplete(folder: string, path: string): Promise<void> {
  assert.deepEqual(await readFile(path), content);
  assert.deepEqual(await readdir(folder), ["weights.pth"]);
}

test("the file appears whole, with progress, and is not fetched again", async (t) => {
  const { wanted, ranges, folder, path } = await scene(t, send);
  const progress: DownloadProgress[] = [];
  await download(wanted, { onProgress: (p) => progress.push(p) });
  await assertComplete(folder, path);
  const last = progress.at(-1);
  assert.deepEqual([last?.received, last?.total], [content.length, content.length]);
  assert.ok(last && last.rate > 0);
  await download(wanted);
  assert.deepEqual(ranges, [undefined]);
});

test("a file with the wrong hash in the cache is replaced", async (t) => {
  const { wanted, folder, path } = await scene(t, send);
  await writeFile(path, content.subarray(1));
  await download(wanted);
  await assertComplete(folder, path);
});

test("a connection that breaks half-way is continued where it broke", async (t) => {
  const { wanted, ranges, folder, path } = await scene(t, (request, response, count) =>
    count < 3 ? breakAt(100_000 * count, folder, request, response) : send(request, response),
  );
  const progress: DownloadProgress[] = [];
  await download(wanted, { onProgress: (p) => progress.push(p) });
  await assertComplete(folder, path);
  assert.deepEqual(ranges, [undefined, "bytes=100000-", "bytes=200000-"]);
  assert.equal(progress.at(-1)?.total, content.length);
});

test("a server that ignores Range is read from the beginning", async (t) => {
  const { wanted, ranges, folder, path } = await scene(t, (request, response, count) => {
    delete request.headers.range;
    return count === 1 ? breakAt(100_000, folder, request, response) : send(request, response);
  });
  await download(wanted);
  await assertComplete(folder, path);
  assert.deepEqual(ranges, [undefined, "bytes=100000-"]);
});

test("a server that falls silent is tried anew", async (t) => {
  const { wanted, folder, path } = await scene(t, (request, response, count) => {
    if (count > 1) send(request, response);
    else response.writeHead(200, { "content-length": content.length }).write(content.subarray(0, 1000));
  });
  await download(wanted, { patience: 200 });
  await assertComplete(folder, path);
});

test("a server that stays silent is given up, and the sentence says so", async (t) => {
  const { wanted } = await scene(t, () => {});
  await assert.rejects(download(wanted, { patience: 50 }), /cannot be reached \(silent for 0\.05 seconds\)/);
});

test("what an earlier call left is used, also when it is complete, too long or of another file", async (t) => {
  for (const [left, requests] of [
    [content.subarray(0, 5), ["bytes=5-"]],
    [content, ["bytes=300000-"]],
    [Buffer.concat([content, content]), ["bytes=600000-", undefined]],
    [randomBytes(1000), ["bytes=1000-", undefined]],
  ] as const) {
    const { wanted, ranges, folder, path } = await scene(t, send);
    await writeFile(`${path}.part`, left);
    await download(wanted);
    await assertComplete(folder, path);
    assert.deepEqual(ranges, requests);
  }
});

test("another file than wanted is refused and not kept", async (t) => {
  const { wanted, folder } = await scene(t, (_, response) => response.end("another file"));
  await assert.rejects(download(wanted), { name: "UserError", message: /SHA-256 .* should begin with/ });
  assert.deepEqual(await readdir(folder), []);
});

test("404 is an error that names the address, the answer and --weights FILE", async (t) => {
  const { wanted, address, ranges } = await scene(t, (_, response) => response.writeHead(404).end());
  await assert.rejects(download(wanted), (error: unknown) => {
    assert.ok(error instanceof UserError);
    assert.equal(
      error.message,
      `The weights of test cannot be downloaded: ${address} answers 404 Not Found. Give a file that you have with --weights FILE.`,
    );
    return true;
  });
  assert.equal(ranges.length, 1);
});

test("a busy server is asked again, a broken one not for ever; what came is kept", async (t) => {
  const busy = await scene(t, (request, response, count) =>
    count < 3 ? response.writeHead(503).end() : send(request, response),
  );
  await download(busy.wanted);
  await assertComplete(busy.folder, busy.path);
  const broken = await scene(t, (request, response, count) =>
    count === 1 ? breakAt(1000, broken.folder, request, response) : response.destroy(),
  );
  await assert.rejects(download(broken.wanted), {
    name: "UserError",
    message: /cannot be reached .*--weights FILE/,
  });
  assert.deepEqual(await readdir(broken.folder), ["weights.pth.part"]);
  assert.deepEqual(await readFile(`${broken.path}.part`), content.subarray(0, 1000));
});

test("an aborted download keeps what came, and throws the signal's reason", async (t) => {
  const { wanted, folder } = await scene(t, (_, response) => {
    response.writeHead(200, { "content-length": content.length }).write(content.subarray(0, 1000));
  });
  const stop = new AbortController();
  const reason = new Error("enough");
  arrived(1000, folder).then(() => stop.abort(reason));
  await assert.rejects(download(wanted, { signal: stop.signal }), reason);
  assert.deepEqual(await readdir(folder), ["weights.pth.part"]);
});

/** Another process that downloads the same. */
function elsewhere(wanted: unknown): ChildProcess {
  const module = JSON.stringify(new URL("./download.js", import.meta.url).href);
  const code = `import(${module}).then((m) => m.download(${JSON.stringify(wanted)}))`;
  return spawn(process.execPath, ["-e", code], { stdio: ["ignore", "inherit", "inherit"] });
}

test("several processes and calls at once each end with the whole file", async (t) => {
  const { wanted, folder, path } = await scene(t, (request, response) => {
    setTimeout(() => send(request, response), 100);
  });
  const others = [elsewhere(wanted), elsewhere(wanted)];
  const [codes] = await Promise.all([
    Promise.all(others.map(async (other) => (await once(other, "exit"))[0])),
    download(wanted),
    download(wanted),
  ]);
  assert.deepEqual(codes, [0, 0]);
  await assertComplete(folder, path);
});

test("what a killed process left is continued", async (t) => {
  const { wanted, ranges, folder, path } = await scene(t, (request, response, count) => {
    if (count > 1) send(request, response);
    else response.writeHead(200, { "content-length": content.length }).write(content.subarray(0, 100_000));
  });
  const other = elsewhere(wanted);
  await arrived(100_000, folder);
  other.kill("SIGKILL");
  await once(other, "exit");
  await download(wanted);
  await assertComplete(folder, path);
  assert.deepEqual(ranges, [undefined, "bytes=100000-"]);
});

test("a cache folder that cannot be written is named", async (t) => {
  const { wanted, folder } = await scene(t, send);
  await assert.rejects(download({ ...wanted, path: join(folder, "none", "w.pth") }), {
    name: "UserError",
    message: /cannot be kept in .*none \(ENOENT\).* MULTIHOT_CACHE/,
  });
});

/** Runs `action` with environment variables set. */
async function withEnvironment(values: Record<string, string>, action: () => Promise<void>): Promise<void> {
  const before = { ...process.env };
  Object.assign(process.env, values);
  try {
    await action();
  } finally {
    for (const name of Object.keys(values)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
}

test("with no network, one sentence that names --weights FILE", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  server.close();
  await once(server, "close");
  await withEnvironment(
    { MULTIHOT_CACHE: join(scratch, "cache", "deep"), MULTIHOT_MIRROR: `http://${host}` },
    async () => {
      await assert.rejects(imagenetWeights("resnet50"), {
        name: "UserError",
        message:
          `The weights of resnet50 cannot be downloaded because ${host} cannot be reached (ECONNREFUSED). ` +
          `Fetch ${imagenet.resnet50.address} by hand, and give the file with --weights FILE.`,
      });
    },
  );
});

test("a mirror is asked for the publisher's file, and its hash is checked too", async (t) => {
  const asked: (string | undefined)[] = [];
  const { address, folder } = await scene(t, (request, response) => {
    asked.push(request.url);
    response.end("not the weights");
  });
  await withEnvironment(
    { MULTIHOT_CACHE: folder, MULTIHOT_MIRROR: address.replace("weights.pth", "models/") },
    async () => {
      await assert.rejects(imagenetWeights("resnet18"), /should begin with f37072fd/);
    },
  );
  assert.deepEqual(asked, ["/models/resnet18-f37072fd.pth"]);
  await withEnvironment({ MULTIHOT_CACHE: folder, MULTIHOT_MIRROR: "/srv/models" }, async () => {
    await assert.rejects(imagenetWeights("resnet18"), {
      name: "UserError",
      message: /MULTIHOT_MIRROR is "\/srv\/models"/,
    });
  });
});

test("the cache is where the platform keeps caches", { skip: process.platform !== "linux" }, async () => {
  await withEnvironment({ MULTIHOT_CACHE: "" }, async () => assert.match(cacheFolder(), /\/multihot$/));
});

test("the registry is torchvision's (test/golden/weights.py)", async () => {
  const golden = JSON.parse(
    await readFile(new URL("../../../../test/golden/weights/imagenet.json", import.meta.url), "utf8"),
  );
  const ours = Object.entries(imagenet).map(([name, { address, preprocess }]) => [
    name,
    { url: address, ...preprocess },
  ]);
  assert.deepEqual(Object.fromEntries(ours), golden);
  for (const { address, sha256 } of Object.values(imagenet)) assert.ok(address.endsWith(`-${sha256}.pth`));
});
