// Refusal: a request that gets no predictions, and why.
import type { ContentfulStatusCode } from "hono/utils/http-status";

/** What went wrong, for programs, and its HTTP status. */
const statuses = {
  no_image: 400,
  malformed: 400,
  unauthorized: 401,
  not_found: 404,
  method_not_allowed: 405,
  incomplete: 408,
  too_large: 413,
  too_many_images: 413,
  unreadable: 422,
  /** For the metrics only, as web servers write it: nobody is there to read it. */
  gone: 499 as ContentfulStatusCode,
  fault: 500,
  queue_full: 503,
  too_late: 503,
} as const satisfies Record<string, ContentfulStatusCode>;

/** The `code` of an error's answer. */
export type RefusalCode = keyof typeof statuses;

export const refusalCodes = Object.keys(statuses) as RefusalCode[];

export interface RefusalDetails {
  readonly headers?: Readonly<Record<string, string>>;
  /** What else the answer's JSON says beside `error` and `code`. */
  readonly more?: object;
}

export class Refusal extends Error {
  override name = "Refusal";

  /** @param message a sentence */
  constructor(
    readonly code: RefusalCode,
    message: string,
    private readonly details: RefusalDetails = {},
  ) {
    super(message);
  }

  get response(): Response {
    const { headers, more } = this.details;
    const body = { error: this.message, code: this.code, ...more };
    return Response.json(body, { status: statuses[this.code], headers });
  }
}

export function gone(): Refusal {
  return new Refusal("gone", "The client closed the connection before the answer was ready.");
}
