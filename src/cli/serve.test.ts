// multihot serve as a program: how it starts, and that it ends without losing what it has accepted.
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { plain, probabilityOf } from "../../test/support/colours.js";
import { multihot, type Outcome } from "../../test/support/run.js";
import { colourBundle, HalfSent, metric, post, until } from "../../test/support/service.js";

let folder: string;
let bundle: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "multihot-serve-"));
  bundle = await colourBundle(folder);
});
after(() => rm(folder, { recursive: true, force: true }));

interface Running {
  url: string;
  child: ChildProcess;
  outcome: Promise<Outcome>;
}

/** Starts the program, and waits until it says where it listens. */
function start(...args: string[]): Promise<Running> {
  return new Promise((resolve, reject) => {
    const fixed = ["--port", "0", "--engine", "ort", "--threads", "1", "--timeout", "300"];
    const outcome = multihot(["serve", bundle, ...fixed, ...args], {
      started: (child) => {
        child.stdout?.on("data", (text) => {
          const [url] = /http:\S+/.exec(String(text)) ?? [];
          if (url) resolve({ url, child, outcome });
        });
      },
    });
    outcome.then(({ stderr }) => reject(new Error(stderr)), reject);
  });
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`${signal} ends the service, and no request that it has accepted is lost`, async () => {
    // The batch is full, and starts, only with the picture whose upload ends after the signal.
    const { url, child, outcome } = await start("--wait", "10000", "--batch", "33");
    const pictures = await Promise.all(Array.from({ length: 32 }, (_, i) => plain([i * 8, 0, 0])));
    const answers = pictures.map((picture) => post(url, picture));
    const last = await plain([0, 0, 255]);
    const uploading = new HalfSent(url, last);
    const bytes = pictures.reduce((sum, { length }) => sum + length, Math.floor(last.length / 2));
    await until(async () => (await metric(url, "multihot_queue_bytes")) === bytes);
    child.kill(signal);
    // By then the service takes no more connections.
    await until(() =>
      fetch(`${url}/health`).then(
        () => false,
        () => true,
      ),
    );
    const { status, text } = await uploading.finish();
    assert.equal(status, 200);
    assert.deepEqual(JSON.parse(text)[0].labels, ["blue"]);
    for (const [i, answer] of answers.entries()) {
      const { status, json, headers } = await answer;
      assert.equal(status, 200);
      assert.equal(headers.get("connection"), "close");
      assert(Math.abs(json[0].probabilities.red - probabilityOf(i * 8)) < 1e-6);
    }
    const { code, stderr } = await outcome;
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^Finishing accepted requests\./m);
  });
}

test("it says where it listens and what it serves, and takes the token from the environment", async () => {
  process.env.MULTIHOT_TOKEN = "from-the-environment";
  const { url, child, outcome } = await start().finally(() => {
    delete process.env.MULTIHOT_TOKEN;
  });
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
  const red = await plain([255, 0, 0]);
  assert.equal((await post(url, red)).status, 401);
  assert.equal((await post(url, red, { Authorization: "Bearer from-the-environment" })).status, 200);
  child.kill("SIGTERM");
  const { code, stdout } = await outcome;
  assert.equal(code, 0);
  assert.match(stdout, /^colours with 3 labels: http:/);
});

test("whoever opens it to a network without a token is told", async () => {
  const { url, child, outcome } = await start("--host", "0.0.0.0");
  assert.match(url, /^http:\/\/localhost:/);
  child.kill("SIGTERM");
  assert.match((await outcome).stderr, /^Anyone who can reach this machine can use the service/m);
});

test("a port that is taken, and options that cannot be, are sentences", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  const { port } = other.address() as { port: number };
  const taken = await multihot(["serve", bundle, "--port", String(port)]);
  other.close();
  assert.equal(taken.code, 1);
  const sentence = `The service cannot listen at 127.0.0.1, port ${port}: another program does. Choose another`;
  assert(taken.stderr.includes(sentence), taken.stderr);
  const wrong = await multihot(["serve", bundle, "--queue", "none", "--max-body", "-1", "--engine", "tpu"]);
  assert.equal(wrong.code, 1);
  assert.deepEqual(
    wrong.stderr.split("\n").filter((line) => line.startsWith("  - ")),
    [
      "  - --engine tpu: must be auto, onednn, ort or webgpu",
      "  - --max-body -1: must be a number from 0.001 to 1000",
      "  - --queue none: must be a number",
    ],
  );
});
