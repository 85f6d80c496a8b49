// The options of the tagging app and of the service: what they accept, and where the service listens.
import { z } from "zod";
import { UserError } from "../base/errors.js";
import { problemsIn, wanted } from "../base/wanted.js";
import { checkPredictorOptions, type PredictorOptions, type PredictorSettings } from "../bundle/options.js";

const between = (least: number, most: number) => {
  const error = `must be a number from ${least} to ${most}`;
  return z.number({ error }).min(least, { error }).max(most, { error });
};
const whole = (least: number, most: number) => {
  const error = `must be a whole number from ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
};

const limits = {
  /** The bearer token that requests must carry; without it, everyone who reaches the service may use it. */
  token: z
    .string()
    .regex(/^[\w.~+/-]+=*$/, {
      error: "may only contain letters, digits and - . _ ~ + / (and = at the end), since a header carries it",
    })
    .optional(),
  /** Milliseconds that an image waits for others to be computed with. Default: 5. */
  wait: between(0, 10_000).default(5),
  /** Most images in the service at once, and in one request. Default: 128. */
  queue: whole(1, 100_000).default(128),
  /** The largest body of a request, in megabytes (10⁶ bytes). Default: 32. */
  maxBody: between(0.001, 1000).default(32),
  /** Most megabytes of bodies in the service at once. Default: 256, or maxBody if that is more. */
  maxQueue: between(0.001, 1_000_000).optional(),
  /** The largest image, in millions of pixels. Default: 50. */
  maxPixels: between(0.001, 178).default(50),
  /** Seconds from a request's first line to its answer. Default: 30. */
  timeout: between(0.1, 3600).default(30),
};

const place = {
  /** The path before `/predict` and the others, such as `/api/tagger`. Default: none. */
  basePath: z
    .string()
    .regex(/^(\/[\w.~-]+)*$/, { error: "must be a path such as /api/tagger, without / at its end" })
    .default(""),
};

const listener = {
  /** 0 takes a free port. Default: 8080. */
  port: whole(0, 65535).default(8080),
  host: z.string({ error: "must be a name or an address" }).min(1).default("127.0.0.1"),
  /** Most connections at once. Default: 1024. */
  maxConnections: whole(1, 1_000_000).default(1024),
  /** Most connections at once from one address (IPv6: from one /64 network). Default: 256. */
  maxPerAddress: whole(1, 1_000_000).default(256),
};

function bounded<Shape extends z.ZodRawShape>(shape: Shape) {
  return z
    .object({ ...limits, ...shape })
    .transform((options) => {
      const { maxBody, maxQueue } = options as { maxBody: number; maxQueue?: number };
      return { ...options, maxQueue: maxQueue ?? Math.max(256, maxBody) };
    })
    .refine((options) => options.maxQueue >= (options as unknown as { maxBody: number }).maxBody, {
      path: ["maxQueue"],
      error: "must be at least maxBody, the largest body",
    });
}

const appSchema = bounded(place);
const serviceSchema = bounded(listener);

/** The options of the app without those of the predictor. */
export type AppOptions = z.input<typeof appSchema>;
export type AppSettings = z.output<typeof appSchema>;

/** Options of `tagger`; those of the predictor apply where a bundle's folder is given. */
export type TaggerOptions = AppOptions & PredictorOptions;

/** Options of `serve`: the service's own and those of the predictor. */
export type ServeOptions = z.input<typeof serviceSchema> & PredictorOptions;
export type ServeSettings = z.output<typeof serviceSchema>;

/** Checks the options and settles those left out; throws a UserError with every problem at once. */
export function checkTaggerOptions(
  options: TaggerOptions,
): AppSettings & { readonly predictor: PredictorSettings } {
  return checked(appSchema, { ...limits, ...place }, options);
}

/** Checks the options and settles those left out; throws a UserError with every problem at once. */
export function checkServeOptions(
  options: ServeOptions,
): ServeSettings & { readonly predictor: PredictorSettings } {
  return checked(serviceSchema, { ...limits, ...listener }, options);
}

function checked<Settings extends object>(
  schema: z.ZodType<Settings>,
  shape: object,
  options: object,
): Settings & { readonly predictor: PredictorSettings } {
  const others = Object.entries(options).filter(([name]) => !(name in shape));
  const own = schema.safeParse(options, { error: wanted });
  const problems = problemsIn(own.error);
  let predictor: PredictorSettings | undefined;
  try {
    predictor = checkPredictorOptions(Object.fromEntries(others));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    problems.push(...error.problems);
  }
  if (own.success && predictor) return { ...own.data, predictor };
  throw new UserError("A bundle cannot be served with these options:", problems.sort());
}
