// What strangers do to a service. All of it goes to the loopback, and is bounded in connections a second.
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

export interface Target {
  readonly port: number;
  /** Aborts when the attack is over. */
  readonly signal: AbortSignal;
}

/** Attacks until the signal aborts; returns how many connections it made. */
export type Attack = (target: Target) => Promise<number>;

/** Other addresses than that of the good clients, where the system has them. */
const addresses =
  process.platform === "linux" ? Array.from({ length: 9 }, (_, i) => `127.0.0.${i + 2}`) : ["127.0.0.1"];

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const head = (type: string, length: number) =>
  `POST /predict HTTP/1.1\r\nHost: a\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n`;

interface Crowd {
  /** Connections at once. */
  readonly connections: number;
  /** New connections a second, at most. */
  readonly perSecond: number;
  /** From how many addresses. */
  readonly from?: number;
  /** What each says first. */
  readonly hello: string | Buffer | (() => string | Buffer);
  /** Whether it reads what comes back. */
  readonly reads: boolean;
  /** What each does once a second. */
  readonly tick?: (socket: Socket) => void;
}

/** Keeps so many connections open; one that is closed is replaced. */
const crowd =
  ({ connections, perSecond, from = addresses.length, hello, reads, tick }: Crowd): Attack =>
  async ({ port, signal }) => {
    const sockets = new Set<Socket>();
    let made = 0;
    const open = () => {
      const localAddress = addresses[made++ % Math.min(from, addresses.length)];
      const socket = connect({ port, host: "127.0.0.1", localAddress });
      sockets.add(socket);
      socket.on("error", () => {}).on("close", () => sockets.delete(socket));
      if (reads) socket.resume();
      else socket.pause();
      socket.write(typeof hello === "function" ? hello() : hello);
    };
    let ticked = performance.now();
    while (!signal.aborted) {
      for (let i = 0; i < Math.max(1, perSecond / 20) && sockets.size < connections; i++) open();
      if (tick && performance.now() - ticked > 1000) {
        ticked = performance.now();
        for (const socket of sockets) if (socket.writable) tick(socket);
      }
      await delay(50);
    }
    for (const socket of sockets) socket.destroy();
    return made;
  };

/** Bytes that are no HTTP, the same in every run. */
function garbage(): Buffer {
  seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
  return Buffer.from(Uint32Array.from({ length: 256 }, (_, i) => Math.imul(seed + i, 2_654_435_761)).buffer);
}
let seed = 1;

const field = '--x\r\nContent-Disposition: form-data; name="n"\r\n\r\n\r\n';
const manyParts = `${field.repeat(100_000)}--x--\r\n`;

export const attacks: Readonly<Record<string, Attack>> = {
  "1,600 requests at once, no answer read": crowd({
    connections: 50,
    perSecond: 50,
    hello: (get("/openapi.json") + get("/") + get("/health") + get("/page/main.js")).repeat(400),
    reads: false,
  }),
  "forms of 100,000 parts": crowd({
    connections: 4,
    perSecond: 20,
    hello: head("multipart/form-data; boundary=x", manyParts.length) + manyParts,
    reads: true,
  }),
  "slow headers": crowd({
    connections: 2000,
    perSecond: 400,
    hello: "GET / HTTP/1.1\r\nHost: a\r\n",
    reads: true,
    tick: (socket) => socket.write("X: y\r\n"),
  }),
  "slow bodies": crowd({
    connections: 2000,
    perSecond: 400,
    hello: `${head("image/png", 1_000_000)}x`,
    reads: true,
    tick: (socket) => socket.write("x"),
  }),
  "slow readers": crowd({
    connections: 2000,
    perSecond: 400,
    hello: get("/page/main.js").repeat(16),
    reads: false,
    tick: (socket) => socket.read(1),
  }),
  "large bodies, never ended": crowd({
    connections: 12,
    perSecond: 20,
    hello: head("image/png", 31_999_999) + "x".repeat(5_000_000),
    reads: true,
    tick: (socket) => socket.write("x".repeat(1_000_000)),
  }),
  "10,000 connections": crowd({ connections: 10_000, perSecond: 1000, hello: "", reads: true }),
  "10,000 connections from one address": crowd({
    connections: 10_000,
    perSecond: 1000,
    from: 1,
    hello: "",
    reads: true,
  }),
  garbage: crowd({ connections: 100, perSecond: 200, hello: garbage, reads: true }),
};
