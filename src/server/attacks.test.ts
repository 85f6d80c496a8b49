// What strangers may send to stall the service or to fill its memory. Outside truth: Node's clock of its own event
// loop, and what a client that reads nothing gets.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { after, before, test } from "node:test";
import { plain } from "../../test/support/colours.js";
import { ask, colourBundle, form, post, until } from "../../test/support/service.js";
import { type TurnLimits, Turns } from "./in-turn.js";
import { type Service, serve } from "./serve.js";

let folder: string;
let service: Service;
const faults: unknown[] = [];
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "multihot-attacks-"));
  const options = { port: 0, engine: "ort", threads: 1, timeout: 300 } as const;
  service = await serve(await colourBundle(folder), options, { onFault: (error) => faults.push(error) });
});
after(async () => {
  await service.stop();
  await rm(folder, { recursive: true, force: true });
  assert.deepEqual(faults, []);
});

/** Sends text on a new connection and resolves with all that comes back. */
async function speak(text: string | Buffer): Promise<string> {
  const { hostname, port } = new URL(service.url);
  const socket = connect(Number(port), hostname);
  socket.write(text);
  let answer = "";
  try {
    for await (const chunk of socket.setEncoding("utf8")) answer += chunk;
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, "ECONNRESET");
  }
  return answer;
}

test("a form of 100,000 parts is refused at once", async () => {
  const body = `${'--x\r\nContent-Disposition: form-data; name="n"\r\n\r\n\r\n'.repeat(100_000)}--x--\r\n`;
  const headers = { "Content-Type": "multipart/form-data; boundary=x" };
  // The service shares this process, so its delays are ours. Parsing it to the end took seconds.
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const { status, json } = await post(service.url, body, headers);
  delay.disable();
  assert.equal(status, 413);
  assert.equal(json.error, "The form has more than the 228 parts allowed.");
  assert(delay.max < 1e9, `blocked for ${delay.max / 1e6} ms`);
});

test("a form may hold as many images as the queue has places, without a warning", async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => warnings.push(warning);
  process.on("warning", note);
  const red = await plain([255, 0, 0]);
  const images = Object.fromEntries(Array.from({ length: 127 }, (_, i) => [`${i}.png`, red]));
  const { status, json } = await post(service.url, form(images));
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", note);
  assert.equal(status, 200);
  assert.equal(json.length, 127);
  assert.deepEqual(warnings, []);
});

test("HTTP/1.0 needs no Host, HTTP/1.1 does", async () => {
  assert.match(await speak("GET /health HTTP/1.0\r\n\r\n"), /^HTTP\/1\.1 200 OK\r\n.*"status":"ok"/s);
  assert.match(await speak("GET /health HTTP/1.1\r\n\r\n"), /^HTTP\/1\.1 400 /);
});

test("a few requests at once are answered in order, too many cut the connection", async () => {
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
  const last = "GET /openapi.json HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  const answers = await speak(get("/health") + get("/nowhere") + get("/labels") + last);
  assert.deepEqual(
    answers.match(/HTTP\/1\.1 \d+/g),
    [200, 404, 200, 200].map((code) => `HTTP/1.1 ${code}`),
  );
  const before = await requestsCounted();
  assert.equal(await speak(get("/openapi.json").repeat(1600)), "");
  assert((await requestsCounted()) - before <= 3, "requests of a connection that was cut were answered");
  assert.equal((await ask(`${service.url}/health`)).status, 200);
});

async function requestsCounted(): Promise<number> {
  const text = await (await fetch(`${service.url}/metrics`)).text();
  return [...text.matchAll(/^multihot_requests_total\{.*\} (\d+)$/gm)].reduce(
    (sum, [, n]) => sum + Number(n),
    0,
  );
}

/** A server that answers each request with as many bytes as its path says, through `Turns`. */
async function answering(
  limits: Partial<TurnLimits>,
  check: (open: (path: string) => Socket, handled: string[]) => Promise<void>,
): Promise<void> {
  const handled: string[] = [];
  const listener = async ({ url = "" }: IncomingMessage, response: ServerResponse) => {
    handled.push(url);
    response.end(Buffer.alloc(Number(url.slice(1))));
  };
  const turns = new Turns({ waiting: 16, patience: 300, unread: 1e12, ...limits }, listener);
  const server = createServer(turns.take);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const sockets: Socket[] = [];
  const open = (paths: string) => {
    const socket = connect(port, "127.0.0.1").pause();
    socket.on("error", () => {});
    socket.write(
      paths
        .split(" ")
        .map((path) => `GET /${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
        .join(""),
    );
    sockets.push(socket);
    return socket;
  };
  try {
    await check(open, handled);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

const LARGE = 50_000_000;

test("who does not read an answer gets no other, and is cut when time is up", () =>
  answering({ patience: 0.5 }, async (open, handled) => {
    const socket = open(`${LARGE} 1 2 3`);
    await until(async () => handled.length === 1);
    const reader = open("5 6");
    let text = "";
    reader
      .setEncoding("latin1")
      .resume()
      .on("data", (chunk) => {
        text += chunk;
      });
    await until(async () => text.match(/HTTP/g)?.length === 2);
    assert.deepEqual(handled, [`/${LARGE}`, "/5", "/6"]);
    await new Promise((resolve) => setTimeout(resolve, 700));
    let received = 0;
    socket.resume().on("data", ({ length }) => {
      received += length;
    });
    await once(socket, "close");
    assert(received < LARGE, `${received} bytes`);
    assert.deepEqual(handled, [`/${LARGE}`, "/5", "/6"]);
  }));

test("of the answers that nobody reads, those that wait longest are cut when they are too many", () =>
  answering({ unread: 2.5 * LARGE }, async (open, handled) => {
    const sockets = [];
    for (let i = 1; i <= 4; i++) {
      sockets.push(open(String(LARGE)));
      await until(async () => handled.length === i);
    }
    const received = await Promise.all(
      sockets.map(async (socket) => {
        let bytes = 0;
        socket.resume().on("data", ({ length }) => {
          bytes += length;
        });
        await until(async () => socket.closed || bytes > LARGE);
        return bytes;
      }),
    );
    assert.deepEqual(
      received.map((bytes) => bytes > LARGE),
      [false, false, true, true],
    );
  }));
