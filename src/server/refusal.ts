// Refusal: a request that gets no predictions, with the reason for whoever sent it.
import type { ContentfulStatusCode } from "hono/utils/http-status";

export class Refusal extends Error {
  override name = "Refusal";

  /**
   * @param message a sentence
   * @param details what else the answer's JSON says beside `error`
   */
  constructor(
    readonly status: ContentfulStatusCode,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
    readonly details: object = {},
  ) {
    super(message);
  }
}

/** For the records alone, as web servers write it: nobody is there to read it. */
export function gone(): Refusal {
  return new Refusal(499 as ContentfulStatusCode, "The connection was closed before the answer was there.");
}
