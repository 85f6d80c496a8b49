// The HTTP server beneath the app: where it listens, and what it says of requests that are none.
import { once } from "node:events";
import { createServer, type Server, STATUS_CODES } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { getRequestListener, RequestError } from "@hono/node-server";
import type { Hono } from "hono";
import { UserError } from "../base/errors.js";
import type { Env } from "./app.js";

/** Longer than the minute for which proxies keep a connection: they, not we, shall be the ones who close it. */
const KEEP_ALIVE = 65_000;

export function createHttpServer(app: Hono<Env>, onFault: (error: unknown) => void): Server {
  const errorHandler = (error: unknown) => {
    if (error instanceof RequestError) {
      return Response.json({ error: `The request is malformed: ${error.message}.` }, { status: 400 });
    }
    onFault(error);
    return Response.json({ error: "The service failed." }, { status: 500 });
  };
  const listener = getRequestListener((request, env) => app.fetch(request, env as Env["Bindings"]), {
    overrideGlobalObjects: false,
    errorHandler,
  });
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE }, listener);
  server.on("clientError", refuse);
  return server;
}

/** Answers what Node's parser could not read. */
function refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const [status, reason] = failures[error.code ?? ""] ?? [400, `It is not HTTP (${error.message}).`];
  const body = JSON.stringify({ error: `The request cannot be read. ${reason}` });
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
}

const failures: Record<string, [status: number, reason: string]> = {
  HPE_HEADER_OVERFLOW: [431, "Its headers are too large."],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "It did not come in time."],
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
