// The app behind Node's HTTP server, also one that is not ours.
import type { IncomingMessage, ServerResponse } from "node:http";
import { getRequestListener, RequestError } from "@hono/node-server";
import type { Hono } from "hono";
import type { Env } from "./app.js";
import { Refusal } from "./refusal.js";

/** Resolves when the answer has been handed to the connection; never rejects. */
export type Listener = (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>;

/** @param closes whether the connection ends with this answer */
export function nodeListener(
  app: Hono<Env>,
  onFault: (error: unknown) => void,
  closes: (outgoing: ServerResponse) => boolean = () => false,
): Listener {
  return getRequestListener(
    async (request, env) => {
      const { incoming, outgoing } = env as { incoming: IncomingMessage; outgoing: ServerResponse };
      const response = await app.fetch(request, { incoming, outgoing });
      if (closes(outgoing)) response.headers.set("Connection", "close");
      return response;
    },
    {
      // HTTP/1.0 needs no Host.
      hostname: "localhost",
      overrideGlobalObjects: false,
      errorHandler: (error) => {
        if (error instanceof RequestError) {
          return new Refusal("malformed", `The request is malformed: ${error.message}.`).response;
        }
        onFault(error);
        return new Refusal("fault", "The service failed.").response;
      },
    },
  );
}
