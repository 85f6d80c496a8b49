// The HTTP interface: what is found at which path, and how it is guarded.
import type { HttpBindings } from "@hono/node-server";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { bearerAuth } from "hono/bearer-auth";
import { HTTPException } from "hono/http-exception";
import { methodNotAllowed } from "hono/method-not-allowed";
import { secureHeaders } from "hono/secure-headers";
import type { Predictor } from "../bundle/predictor.js";
import { readPictures } from "./body.js";
import type { Metrics } from "./metrics.js";
import { openapi } from "./openapi.js";
import type { ServeSettings } from "./options.js";
import { pageFiles } from "./page.js";
import { Refusal } from "./refusal.js";
import type { Tagger } from "./tagger.js";
import { type Places, Visit } from "./visit.js";

export interface Parts {
  readonly predictor: Predictor;
  readonly tagger: Tagger;
  readonly places: Places;
  readonly metrics: Metrics;
  readonly settings: ServeSettings;
  /** Whether the service is about to end. */
  stopping(): boolean;
  /** Told of every error that is no refusal. */
  onFault(error: unknown): void;
}

export interface Env {
  Bindings: HttpBindings;
  Variables: { visit: Visit };
}

export function createApp(parts: Parts): Hono<Env> {
  const { predictor, tagger, metrics, settings } = parts;
  const { labels, thresholds, bundle } = predictor;
  const app = new Hono<Env>();

  app.use(counted(parts, () => new Set(app.routes.map(({ path }) => path))));
  app.use(secureHeaders({ contentSecurityPolicy: policy, strictTransportSecurity: false }));
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (c, methods) => {
        const allowed = methods.join(", ");
        const error = `${c.req.path} does not take ${c.req.method}; it takes ${allowed}.`;
        return c.json({ error }, 405, { Allow: allowed });
      },
    }),
  );

  for (const { path, type, content } of pageFiles()) {
    app.get(path, (c) => c.body(content, 200, { "Content-Type": type, "Cache-Control": "no-cache" }));
  }
  const description = openapi({ labels, secured: settings.token !== undefined });
  app.get("/openapi.json", (c) => c.json(description));
  const { backbone, created } = bundle.manifest;
  app.get("/health", (c) => {
    const status = tagger.failure ? "failing" : parts.stopping() ? "stopping" : "ok";
    return c.json({ status, backbone, labels: labels.length, created }, status === "ok" ? 200 : 503);
  });

  const guard = guarded(settings.token);
  app.get("/labels", guard, (c) => c.json({ labels, thresholds }));
  app.get("/metrics", guard, async (c) =>
    c.body(await metrics.registry.metrics(), 200, { "Content-Type": metrics.registry.contentType }),
  );
  app.post("/predict", guard, visiting(parts), (c) => predict(c, parts));

  app.notFound((c) => c.json({ error: `There is nothing at ${c.req.path}.` }, 404));
  app.onError((error, c) => {
    if (error instanceof HTTPException) return error.getResponse();
    if (error instanceof Refusal) {
      return c.json({ error: error.message, ...error.details }, error.status, { ...error.headers });
    }
    parts.onFault(error);
    return c.json({ error: "The service failed, through no fault of the request; its log says how." }, 500);
  });
  return app;
}

/** The page's own files, pictures of the visitor's, and nothing from elsewhere. */
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

/** Counts requests and their time; and tells clients of a service that ends to come by other ways. */
function counted({ metrics, stopping }: Parts, known: () => Set<string>): MiddlewareHandler<Env> {
  let paths: Set<string> | undefined;
  return async (c, next) => {
    const start = performance.now();
    await next();
    paths ??= known();
    // Not every path that somebody may think of: each would be kept for ever.
    const path = paths.has(c.req.path) ? c.req.path : "other";
    metrics.requests.inc({ path, status: c.res.status });
    metrics.requestSeconds.observe({ path }, (performance.now() - start) / 1000);
    if (stopping()) c.header("Connection", "close");
  };
}

function guarded(token: string | undefined): MiddlewareHandler<Env> {
  if (token === undefined) return (_, next) => next();
  const say = (error: string) => ({ message: { error } });
  return bearerAuth({
    token,
    noAuthenticationHeader: say("A bearer token is wanted: send the header Authorization: Bearer TOKEN."),
    invalidAuthenticationHeader: say("The header Authorization is not of the form Bearer TOKEN."),
    invalidToken: say("This is not the bearer token of this service."),
  });
}

function visiting({ places, tagger, settings }: Parts): MiddlewareHandler<Env> {
  const options = { places, timeout: settings.timeout, pace: () => tagger.pace };
  return async (c, next) => {
    c.set("visit", new Visit(c.env, options));
    await next();
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
  const pictures = await readPictures(c.env.incoming, limits, signal);
  visit.take(pictures.length - 1);
  const predictions = await Promise.all(
    pictures.map(async ({ name, bytes }) => ({ image: name, ...(await tagger.tag(bytes, signal)) })),
  );
  const unreadable = predictions.flatMap(({ image, error }) =>
    error === undefined ? [] : [{ image, error }],
  );
  metrics.pictures.inc({ outcome: "tagged" }, predictions.length - unreadable.length);
  metrics.pictures.inc({ outcome: "unreadable" }, unreadable.length);
  if (unreadable.length < predictions.length) return c.json(predictions);
  const sentence =
    unreadable.length === 1
      ? unreadable[0].error
      : `None of the ${unreadable.length} pictures can be read. The first: ${unreadable[0].error}`;
  throw new Refusal(422, sentence, {}, { pictures: unreadable });
}
