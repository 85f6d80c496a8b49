// The HTTP server beneath the app: where it listens, its limits, and how it answers what is not HTTP.
import { once } from "node:events";
import { createServer, type Server, STATUS_CODES } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Hono } from "hono";
import { UserError } from "../base/errors.js";
import type { Env } from "./app.js";
import { limitConnections } from "./connections.js";
import { cutFloods } from "./floods.js";
import { Turns } from "./in-turn.js";
import { nodeListener } from "./node.js";
import type { RefusalCode } from "./refusal.js";

/** Longer than the minute for which proxies keep a connection: the proxy should be the one to close it. */
const KEEP_ALIVE = 65_000;
/** Milliseconds in which a request's headers must arrive. */
const HEADERS = 10_000;
/** Milliseconds between two looks for connections whose time is up. */
const CHECKS = 1000;
/** Requests of one connection that may wait for their turn. Browsers send one; proxies, too. */
const PIPELINED = 16;
/** Requests in one packet. */
const FLOOD = 32;

export interface HttpSettings {
  /** Seconds from a request's first line to its answer. */
  readonly timeout: number;
  readonly maxConnections: number;
  readonly maxPerAddress: number;
  /** Megabytes of answers that clients have not read. */
  readonly maxQueue: number;
}

/** @param stopping whether the server is about to close: clients learn from answers that the connection ends */
export function createHttpServer(
  app: Hono<Env>,
  { timeout, maxConnections, maxPerAddress, maxQueue }: HttpSettings,
  { stopping, onFault }: { stopping(): boolean; onFault(error: unknown): void },
): Server {
  const listener = nodeListener(app, onFault, (outgoing) => stopping() && turns.isLast(outgoing));
  const turns = new Turns({ waiting: PIPELINED, patience: timeout, unread: maxQueue * 1e6 }, listener);
  const server = createServer(
    {
      keepAliveTimeout: KEEP_ALIVE,
      headersTimeout: HEADERS,
      // The app ends requests whose bodies are late, with a sentence; this is for those that it does not read.
      requestTimeout: Math.max(HEADERS, (timeout + 1) * 1000),
      connectionsCheckingInterval: CHECKS,
    },
    turns.take,
  );
  const limits = { total: maxConnections, perAddress: maxPerAddress };
  limitConnections(server, { ...limits, isBusy: (socket) => turns.isBusy(socket) }, (socket) =>
    close(socket, 503, "Too many connections are open. Try again later.", "queue_full"),
  );
  cutFloods(server, FLOOD);
  server.on("clientError", refuse);
  return server;
}

/** Answers what Node's parser cannot read. */
function refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const [status, reason, code] = failures[error.code ?? ""] ?? [400, `It is not HTTP (${error.message}).`];
  close(socket as Socket, status, `The request cannot be read. ${reason}`, code);
}

/** Sends an answer and closes the connection, whether or not the client reads it. */
function close(socket: Socket, status: number, error: string, code: RefusalCode = "malformed"): void {
  const body = JSON.stringify({ error, code });
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      "Content-Type: application/json",
      `Content-Length: ${Buffer.byteLength(body)}`,
      "Connection: close",
      "",
      body,
    ].join("\r\n"),
  );
  socket.destroySoon();
}

const failures: Record<string, [status: number, reason: string, code?: RefusalCode]> = {
  HPE_HEADER_OVERFLOW: [431, "Its headers are too large."],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "It did not arrive in time.", "incomplete"],
};

/**
 * Listens, and returns the URL.
 * @throws UserError for an address that cannot be had
 */
export async function listen(server: Server, port: number, host: string): Promise<string> {
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (error) {
    const reason = unavailable[(error as NodeJS.ErrnoException).code ?? ""];
    if (reason === undefined) throw error;
    throw new UserError(`The service cannot listen at ${host}, port ${port}: ${reason}`);
  }
  const everywhere = host === "0.0.0.0" || host === "::";
  const name = everywhere ? "localhost" : host.includes(":") ? `[${host}]` : host;
  return `http://${name}:${(server.address() as AddressInfo).port}`;
}

const unavailable: Record<string, string> = {
  EADDRINUSE: "another program does. Choose another --port; 0 takes one that is free.",
  EACCES: "the system does not allow this port. Those from 1024 up are free to everybody.",
  EADDRNOTAVAIL:
    "this machine has no such address. 127.0.0.1 is for itself alone, 0.0.0.0 for every network.",
  ENOTFOUND: "there is no such host. 127.0.0.1 is for this machine alone, 0.0.0.0 for every network.",
  EAI_AGAIN: "the name cannot be looked up now. 127.0.0.1 is for this machine alone.",
};

/** Turns of the event loop without a connection until there is none; the first may begin in its middle. */
const QUIET_TURNS = 3;
/** Milliseconds: what a turn lasts at most in which there was nothing to do; and how long we look for some. */
const IDLE_TURN = 0.5;
const PATIENCE = 5000;

/**
 * Resolves when no connection waits for being taken: the system would cut those off when the server closes,
 * with the requests that they may have sent. Node takes one of them in each turn of its event loop.
 */
export async function untilNobodyWaits(server: Server): Promise<void> {
  let quiet = 0;
  const heard = () => {
    quiet = 0;
  };
  server.on("connection", heard);
  const end = performance.now() + PATIENCE;
  for (let start = performance.now(); quiet < QUIET_TURNS && start < end; ) {
    quiet++;
    await nextTurn();
    const now = performance.now();
    if (now - start > IDLE_TURN) quiet = 0;
    start = now;
  }
  server.off("connection", heard);
}
