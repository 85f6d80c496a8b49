// serve: a bundle as an HTTP service.
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import { createAdaptorServer } from "@hono/node-server";
import { UserError } from "../base/errors.js";
import { loadBundle, type Predictor } from "../bundle/predictor.js";
import { createApp } from "./app.js";
import { Metrics } from "./metrics.js";
import { checkServeOptions, type ServeOptions, type ServeSettings } from "./options.js";
import { Tagger } from "./tagger.js";
import { Places } from "./visit.js";

export interface Service {
  /** Where the page is. */
  readonly url: string;
  readonly predictor: Predictor;
  /** Takes no more connections, answers every request that was accepted, and ends. */
  stop(): Promise<void>;
}

export interface ServeHooks {
  /** Told of errors that are faults of the service; the request got status 500. */
  onFault?(error: unknown): void;
}

/** Milliseconds between the wish to stop and the last connection that is taken. */
const FAREWELL = 100;
/** Longer than the minute for which proxies keep a connection: they, not we, shall be the ones who close it. */
const KEEP_ALIVE = 65_000;

/**
 * Loads a bundle and answers requests.
 * @throws UserError for options or a bundle that cannot be used, or an address that cannot be had
 */
export async function serve(
  dir: string,
  options: ServeOptions = {},
  { onFault = () => {} }: ServeHooks = {},
): Promise<Service> {
  const settings = checkServeOptions(options);
  const predictor = await loadBundle(dir, settings.predictor);
  const places = new Places(settings.queue);
  const metrics = new Metrics(() => places.taken);
  const tagger = new Tagger(predictor, {
    wait: settings.wait,
    maxPixels: settings.maxPixels * 1e6,
    onBatch: (pictures, seconds) => {
      metrics.batchPictures.observe(pictures);
      metrics.batchSeconds.observe(seconds);
    },
  });
  let stopping = false;
  const app = createApp({
    predictor,
    tagger,
    places,
    metrics,
    settings,
    stopping: () => stopping,
    onFault,
  });
  const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }) as Server;
  server.keepAliveTimeout = KEEP_ALIVE;
  const end = async () => {
    metrics.registry.clear();
    await tagger.close();
    await predictor.close();
  };
  const url = await listen(server, settings).catch(async (error: unknown) => {
    await end();
    throw error;
  });
  const stop = async () => {
    stopping = true;
    // Clients that are busy learn from their answers that the connection ends, and come back on a new one,
    // which until then is taken. Those in the system's list of connections to take have been taken when
    // the loop has gone round.
    await delay(FAREWELL);
    await nextTurn();
    const closed = once(server, "close");
    server.close();
    // What has not become a request in the time that a request has will not become one.
    const patience = setTimeout(() => server.closeAllConnections(), (settings.timeout + 1) * 1000);
    await closed;
    clearTimeout(patience);
    await end();
  };
  let stopped: Promise<void> | undefined;
  return {
    url,
    predictor,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

async function listen(server: Server, { port, host }: ServeSettings): Promise<string> {
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (error) {
    const reason = reasons[(error as NodeJS.ErrnoException).code ?? ""];
    if (reason === undefined) throw error;
    throw new UserError(`The service cannot listen at ${host}, port ${port}: ${reason}`);
  }
  const address = server.address() as AddressInfo;
  const everywhere = host === "0.0.0.0" || host === "::";
  const name = everywhere ? "localhost" : host.includes(":") ? `[${host}]` : host;
  return `http://${name}:${address.port}`;
}

const reasons: Record<string, string> = {
  EADDRINUSE: "another program does. Choose another --port; 0 takes one that is free.",
  EACCES: "the system does not allow this port. Ports from 1024 up are free to everybody.",
  EADDRNOTAVAIL:
    "this machine has no such address. 127.0.0.1 is for itself alone, 0.0.0.0 for every network.",
  ENOTFOUND: "there is no such host. 127.0.0.1 is for this machine alone, 0.0.0.0 for every network.",
  EAI_AGAIN: "the name cannot be looked up now. 127.0.0.1 is for this machine alone.",
};
