// Good clients: a steady rate of small requests, each answered in time or not.
import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

export interface Served {
  readonly sent: number;
  /** Answered with 200 in time. */
  readonly answered: number;
  /** The slowest good answer, in seconds. */
  readonly slowest: number;
  /** What happened to the others, and how often. */
  readonly failures: ReadonlyMap<string, number>;
}

/** Milliseconds in which a good client wants its answer. */
const DEADLINE = 3000;

/** Sends one request; resolves with undefined if it was answered well within `deadline` ms, else with what happened. */
export function send(
  agent: Agent,
  url: string,
  image?: Buffer,
  deadline = DEADLINE,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { agent, method: image ? "POST" : "GET" };
    const sent = request(new URL(image ? "/predict" : "/health", url), options, (response) => {
      response
        .resume()
        .on("end", () => resolve(response.statusCode === 200 ? undefined : `status ${response.statusCode}`))
        .on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    });
    const late = setTimeout(() => sent.destroy(new Error("too late")), deadline);
    sent
      .on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
      .on("close", () => clearTimeout(late));
    sent.end(image);
  });
}

/** Sends so many requests a second, every other one with an image, whether or not earlier ones are answered. */
export async function sendSteadily(
  url: string,
  image: Buffer,
  { perSecond, seconds }: { perSecond: number; seconds: number },
): Promise<Served> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const failures = new Map<string, number>();
  let answered = 0;
  let slowest = 0;
  const one = async (i: number) => {
    const start = performance.now();
    const failure = await send(agent, url, i % 2 ? image : undefined);
    if (failure !== undefined) return void failures.set(failure, (failures.get(failure) ?? 0) + 1);
    answered++;
    slowest = Math.max(slowest, (performance.now() - start) / 1000);
  };
  const all: Promise<void>[] = [];
  const begin = performance.now();
  const total = Math.round(perSecond * seconds);
  while (all.length < total) {
    const due = Math.min(total, Math.ceil(((performance.now() - begin) / 1000) * perSecond));
    while (all.length < due) all.push(one(all.length));
    await delay(5);
  }
  await Promise.all(all);
  agent.destroy();
  return { sent: total, answered, slowest, failures };
}
