// tagger: a bundle as a web app, for a server of one's own.
/// <reference lib="esnext.disposable" preserve="true" />
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Hono } from "hono";
import { UserError } from "../base/errors.js";
import { loadBundle, type Predictor } from "../bundle/predictor.js";
import { createApp, type Env, type Parts, pathsOf } from "./app.js";
import { Metrics } from "./metrics.js";
import { nodeListener } from "./node.js";
import { type AppSettings, checkTaggerOptions, type TaggerOptions } from "./options.js";
import { Tagger } from "./tagger.js";
import { Places } from "./visit.js";

export interface TaggerHooks {
  /** Gets errors that are faults of the service; the request got status 500. Default: `console.error`. */
  onFault?(error: unknown): void;
}

/** Middleware for Express, Connect or `node:http`. Without `next`, unknown paths get 404. */
export type Middleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next?: (error?: unknown) => void,
) => void;

/** A bundle as a web app: `POST /predict`, `/labels`, `/health`, `/metrics` and `/openapi.json`. */
export interface TaggingApp {
  readonly predictor: Predictor;
  /** The Hono app, to mount in another: `parent.route("/tagger", app)`. */
  readonly app: Hono<Env>;
  /** Answers a web-standard Request; never rejects. Use it in a Next.js route handler or any other fetch server. */
  fetch(request: Request): Promise<Response>;
  /** Answers Node's requests; passes those for other paths on to `next`. */
  readonly middleware: Middleware;
  /** Stops the decoding threads and the engine, unless you passed the predictor. Call it when all requests are answered. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Makes a web app of a bundle, to mount in a server of your own. It bounds the size, number and time of requests;
 * connections are the server's business.
 * @param source a bundle's folder or a predictor that `loadBundle` has loaded
 * @throws UserError for options or a bundle that cannot be used
 */
export async function tagger(
  source: string | Predictor,
  options: TaggerOptions = {},
  { onFault = console.error }: TaggerHooks = {},
): Promise<TaggingApp> {
  const { predictor: forBundle, ...settings } = checkTaggerOptions(options);
  if (typeof source !== "string") {
    const names = Object.keys(forBundle).filter((name) => name in options);
    if (names.length > 0) {
      throw new UserError(
        `A predictor that is loaded already cannot be changed: pass ${names.join(", ")} to loadBundle instead.`,
      );
    }
  }
  const predictor = typeof source === "string" ? await loadBundle(source, forBundle) : source;
  const { app, close } = assemble(predictor, settings, { page: false, stopping: () => false, onFault });
  const paths = pathsOf(app);
  const listener = nodeListener(app, onFault);
  const end = async () => {
    await close();
    if (typeof source === "string") await predictor.close();
  };
  let ended: Promise<void> | undefined;
  const closeOnce = () => {
    ended ??= end();
    return ended;
  };
  return {
    predictor,
    app,
    fetch: async (request) => app.fetch(request),
    middleware: (request, response, next) => {
      const path = (request.url ?? "").split("?", 1)[0];
      if (next && !paths.has(path)) next();
      else void listener(request, response);
    },
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
  };
}

/** Puts the app's parts together. `close` ends the decoding threads; the predictor stays open. */
export function assemble(
  predictor: Predictor,
  settings: AppSettings,
  more: Pick<Parts, "page" | "stopping" | "onFault">,
): { app: Hono<Env>; close(): Promise<void> } {
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
  const app = createApp({ predictor, tagger, places, metrics, settings, ...more });
  const close = () => {
    metrics.registry.clear();
    return tagger.close();
  };
  return { app, close };
}
