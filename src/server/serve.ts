// serve: a bundle as an HTTP service, from its start to its end.
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { loadBundle, type Predictor } from "../bundle/predictor.js";
import { createHttpServer, listen, untilNobodyWaits } from "./http.js";
import { checkServeOptions, type ServeOptions } from "./options.js";
import { assemble } from "./tagging.js";

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
  const { predictor: forBundle, ...settings } = checkServeOptions(options);
  const predictor = await loadBundle(dir, forBundle);
  let stopping = false;
  const state = { stopping: () => stopping, onFault };
  const { app, close } = assemble(predictor, { ...settings, basePath: "" }, { page: true, ...state });
  const server = createHttpServer(app, settings, state);

  const end = async () => {
    await close();
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
