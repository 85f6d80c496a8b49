// The HTTP interface: which path gives what, and to whom.

import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { bearerAuth } from "hono/bearer-auth";
import { HTTPException } from "hono/http-exception";
import { methodNotAllowed } from "hono/method-not-allowed";
import { secureHeaders } from "hono/secure-headers";
import { written } from "../bundle/prediction.js";
import type { Predictor } from "../bundle/predictor.js";
import { type Body, readPictures } from "./body.js";
import type { Metrics } from "./metrics.js";
import { openapi } from "./openapi.js";
import type { AppSettings } from "./options.js";
import { pageFiles } from "./page.js";
import { Refusal } from "./refusal.js";
import type { Tagger } from "./tagger.js";
import { type Places, Visit } from "./visit.js";

export interface Parts {
  readonly predictor: Predictor;
  readonly tagger: Tagger;
  readonly places: Places;
  readonly metrics: Metrics;
  readonly settings: AppSettings;
  /** Whether there is a page at `/`. */
  readonly page: boolean;
  /** Whether the service is about to end. */
  stopping(): boolean;
  /** Gets every error that is not a refusal. */
  onFault(error: unknown): void;
}

export interface Env {
  /** Missing where the app gets its requests from something else than Node's server. */
  Bindings: { incoming?: IncomingMessage; outgoing?: ServerResponse } | undefined;
  Variables: { visit: Visit };
}

export function createApp(parts: Parts): Hono<Env> {
  const { predictor, tagger, metrics, settings } = parts;
  const { labels, thresholds, bundle } = predictor;
  const app = new Hono<Env>().basePath(settings.basePath);

  app.use(counted(parts, () => pathsOf(app)));
  app.use(secureHeaders({ contentSecurityPolicy: policy, strictTransportSecurity: false }));
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (c, methods) => {
        const allowed = methods.join(", ");
        const sentence = `${c.req.path} does not take ${c.req.method}; it takes ${allowed}.`;
        return new Refusal("method_not_allowed", sentence, { headers: { Allow: allowed } }).response;
      },
    }),
  );

  for (const { path, type, content } of parts.page ? pageFiles() : []) {
    app.get(path, (c) => c.body(content, 200, { "Content-Type": type, "Cache-Control": "no-cache" }));
  }
  const secured = settings.token !== undefined;
  const guard = guarded(settings.token);
  /** Whether the request carries the token, where there is one. */
  const trusted = (c: Context<Env>) =>
    guard(c, async () => {}).then(
      () => true,
      () => false,
    );
  const descriptions = { full: openapi({ labels, secured }), public: openapi({ secured }) };
  app.get("/openapi.json", async (c) => c.json(descriptions[(await trusted(c)) ? "full" : "public"]));
  const { backbone, created } = bundle.manifest;
  app.get("/health", async (c) => {
    const status = tagger.failure ? "failing" : parts.stopping() ? "stopping" : "ok";
    const model = (await trusted(c)) ? { backbone, labels: labels.length, created } : {};
    return c.json({ status, ...model }, status === "ok" ? 200 : 503);
  });

  app.get("/labels", guard, (c) => c.json({ labels, thresholds }));
  app.get("/metrics", guard, async (c) =>
    c.body(await metrics.registry.metrics(), 200, { "Content-Type": metrics.registry.contentType }),
  );
  app.post("/predict", guard, visiting(parts), (c) => predict(c, parts));

  app.notFound((c) => new Refusal("not_found", `There is nothing at ${c.req.path}.`).response);
  app.onError((error) => {
    if (error instanceof HTTPException) return error.getResponse();
    if (error instanceof Refusal) return error.response;
    parts.onFault(error);
    return new Refusal("fault", "The service failed; the request was fine. See the service's log.").response;
  });
  return app;
}

/** The paths at which the app has something. */
export function pathsOf(app: Hono<Env>): Set<string> {
  return new Set(app.routes.filter(({ method }) => method !== "ALL").map(({ path }) => path));
}

/** The page's own files, images of the visitor's, and nothing from elsewhere. */
const policy = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'", "blob:"],
  connectSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
};

/** Counts requests and measures their time. */
function counted({ metrics }: Parts, known: () => Set<string>): MiddlewareHandler<Env> {
  let paths: Set<string> | undefined;
  return async (c, next) => {
    const start = performance.now();
    await next();
    paths ??= known();
    // Strangers choose the path, and each one counted is kept for ever.
    const path = paths.has(c.req.path) ? c.req.path : "other";
    metrics.requests.inc({ path, status: c.res.status });
    metrics.requestSeconds.observe({ path }, (performance.now() - start) / 1000);
  };
}

function guarded(token: string | undefined): MiddlewareHandler<Env> {
  if (token === undefined) return (_, next) => next();
  const say = (error: string, code = "unauthorized") => ({ message: { error, code } });
  return bearerAuth({
    token,
    noAuthenticationHeader: say("This service needs a token: send the header Authorization: Bearer TOKEN."),
    invalidAuthenticationHeader: say(
      "The header Authorization is not of the form Bearer TOKEN.",
      "malformed",
    ),
    invalidToken: say("The token is not the one of this service."),
  });
}

function visiting({ places, tagger, settings }: Parts): MiddlewareHandler<Env> {
  const options = { places, timeout: settings.timeout, pace: () => tagger.pace };
  return async (c, next) => {
    const visit = new Visit(c.req.raw.signal, options);
    c.set("visit", visit);
    try {
      await next();
    } finally {
      visit.end();
    }
  };
}

async function predict(c: Context<Env>, { tagger, metrics, settings }: Parts): Promise<Response> {
  const { visit } = c.var;
  const { signal } = visit;
  const limits = {
    maxBytes: settings.maxBody * 1e6,
    maxPictures: settings.queue,
    hold: (bytes: number) => visit.hold(bytes),
  };
  const pictures = await readPictures(bodyOf(c), limits, signal);
  visit.receive(pictures.length);
  const predictions = await Promise.all(
    pictures.map(async ({ name, bytes }) => ({ image: name, ...(await tagger.tag(bytes, signal)) })),
  );
  const unreadable = predictions.flatMap(({ image, error }) =>
    error === undefined ? [] : [{ image, error }],
  );
  metrics.pictures.inc({ outcome: "tagged" }, predictions.length - unreadable.length);
  metrics.pictures.inc({ outcome: "unreadable" }, unreadable.length);
  if (unreadable.length < predictions.length) return c.json(predictions.map(written));
  const sentence =
    unreadable.length === 1
      ? unreadable[0].error
      : `None of the ${unreadable.length} images can be read. The first: ${unreadable[0].error}`;
  throw new Refusal("unreadable", sentence, { more: { pictures: unreadable } });
}

/** Node's own stream where there is one: a web stream around it costs time. */
function bodyOf(c: Context<Env>): Body {
  const { raw } = c.req;
  const incoming = c.env?.incoming;
  if (incoming?.readableEnded) {
    throw new Error(
      "Something has read the request's body before the tagger could. Mount the tagger before express.raw() and " +
        "other body parsers.",
    );
  }
  return {
    content: incoming ?? (raw.body ? Readable.fromWeb(raw.body as ReadableStream) : Readable.from([])),
    type: raw.headers.get("content-type") ?? "",
    length: Number(raw.headers.get("content-length") ?? 0),
  };
}
