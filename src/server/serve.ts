// serve: a bundle as an HTTP service, from its start to its end.
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { loadBundle, type Predictor } from "../bundle/predictor.js";
import { createApp } from "./app.js";
import { createHttpServer, listen, untilNobodyWaits } from "./http.js";
import { Metrics } from "./metrics.js";
import { checkServeOptions, type ServeOptions } from "./options.js";
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
  const places = new Places({ pictures: settings.queue, bytes: settings.maxQueue * 1e6 });
  const metrics = new Metrics(places);
  const tagger = new Tagger(predictor, {
    wait: settings.wait,
    maxPixels: settings.maxPixels * 1e6,
    onBatch: (pictures, seconds) => {
      metrics.batchPictures.observe(pictures);
      metrics.batchSeconds.observe(seconds);
    },
  });
  let stopping = false;
  const state = { stopping: () => stopping, onFault };
  const app = createApp({ predictor, tagger, places, metrics, settings, ...state });
  const server = createHttpServer(app, onFault);

  const end = async () => {
    metrics.registry.clear();
    await tagger.close();
    await predictor.close();
  };
  const stop = async () => {
    stopping = true;
    // Clients that are busy learn from their answers that the connection ends, and come back on a new one,
    // which until then is taken.
    await delay(FAREWELL);
    await untilNobodyWaits(server);
    const closed = once(server, "close");
    server.close();
    // What has not become a request in the time that a request has will not become one.
    const patience = setTimeout(() => server.closeAllConnections(), (settings.timeout + 1) * 1000);
    await closed;
    clearTimeout(patience);
    await end();
  };
  let stopped: Promise<void> | undefined;
  try {
    const url = await listen(server, settings.port, settings.host);
    return {
      url,
      predictor,
      stop: () => {
        stopped ??= stop();
        return stopped;
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}
