// ServeOptions: where the service listens, what it accepts, and how pictures are put together.
import { z } from "zod";
import { UserError } from "../base/errors.js";
import { problemsIn, wanted } from "../base/wanted.js";
import { checkPredictorOptions, type PredictorOptions, type PredictorSettings } from "../bundle/options.js";

const between = (least: number, most: number) => {
  const error = `a number from ${least} to ${most} is wanted`;
  return z.number({ error }).min(least, { error }).max(most, { error });
};
const whole = (least: number, most: number) => {
  const error = `a whole number from ${least} to ${most} is wanted`;
  return z.int({ error }).min(least, { error }).max(most, { error });
};

const shape = {
  /** 0 takes a port that is free. */
  port: whole(0, 65535).default(8080),
  host: z.string({ error: "a name or an address is wanted" }).min(1).default("127.0.0.1"),
  /** The bearer token that requests must bear; none is asked for without it. */
  token: z
    .string()
    .regex(/^[\w.~+/-]+=*$/, {
      error: "letters, digits and - . _ ~ + / are wanted (and = at the end), as a header can carry them",
    })
    .optional(),
  /** Milliseconds that a picture waits for others to be computed with. */
  wait: between(0, 10_000).default(5),
  /** Pictures that may be in the service at once; also the most that one request may bring. */
  queue: whole(1, 100_000).default(128),
  /** The largest body of a request, in megabytes (10⁶ bytes). */
  maxBody: between(0.001, 1000).default(32),
  /** Megabytes of bodies that may be in the service at once; default: 256, or maxBody where that is more. */
  maxQueue: between(0.001, 1_000_000).optional(),
  /** The largest picture, in millions of pixels. */
  maxPixels: between(0.001, 178).default(50),
  /** Seconds from a request's first line to its answer. */
  timeout: between(0.1, 3600).default(30),
};
const schema = z
  .object(shape)
  .transform(({ maxQueue, ...rest }) => ({ ...rest, maxQueue: maxQueue ?? Math.max(256, rest.maxBody) }))
  .refine(({ maxQueue, maxBody }) => maxQueue >= maxBody, {
    path: ["maxQueue"],
    error: "as much as maxBody, the largest body, or more is wanted",
  });

/** The service's own options and those of the predictor. */
export type ServeOptions = z.input<typeof schema> & PredictorOptions;

export type ServeSettings = z.output<typeof schema> & { readonly predictor: PredictorSettings };

/** Checks the options and settles those left out; throws a UserError with every problem at once. */
export function checkServeOptions(options: ServeOptions): ServeSettings {
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
