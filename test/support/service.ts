// A service with the colour network, and clients for it.
import { once } from "node:events";
import { type ClientRequest, request } from "node:http";
import { join } from "node:path";
import { unmeasured } from "../../src/bundle/manifest.js";
import { writeBundle } from "../../src/bundle/write.js";
import { ortEngine } from "../../src/engines/index.js";
import { colourNetwork, colours, plain } from "./colours.js";

/** Writes a bundle of the colour network into `folder`, and returns where it is. */
export async function colourBundle(folder: string): Promise<string> {
  const dir = join(folder, "bundle");
  await writeBundle(dir, {
    network: colourNetwork(),
    labels: colours,
    thresholds: [0.5, 0.5, 0.9],
    metrics: unmeasured,
    selfCheckImage: await plain([200, 120, 60], "jpeg"),
    engine: ortEngine({ threads: 1 }),
  });
  return dir;
}

/** What answers hold, all of them together: predictions are an array, the others objects. */
export interface Content extends ReadonlyArray<Entry> {
  readonly error: string;
  readonly code: string;
  readonly pictures: readonly Entry[];
  readonly labels: unknown;
  readonly status: string;
  readonly paths: Record<string, Record<string, { security?: unknown }>>;
  readonly components: {
    schemas: Record<string, { properties: Record<string, { items: { enum: unknown } }> }>;
  };
}

export interface Entry {
  readonly image: string;
  readonly probabilities: Record<string, number>;
  readonly labels: string[];
  readonly error: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: Content;
}

export async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init);
  return { status: response.status, headers: response.headers, json: (await response.json()) as Content };
}

export function post(
  url: string,
  body: RequestInit["body"],
  headers: Record<string, string> = {},
): Promise<Answer> {
  return ask(`${url}/predict`, { method: "POST", body, headers });
}

/** A form with these files. */
export function form(files: Record<string, Uint8Array>): FormData {
  const data = new FormData();
  for (const [name, content] of Object.entries(files)) data.append("image", new Blob([content]), name);
  return data;
}

/** The value of a metric without labels. */
export async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const [, value] = new RegExp(`^${name} (\\S+)$`, "m").exec(text) ?? [];
  if (value === undefined) throw new Error(`There is no metric ${name} in:\n${text}`);
  return Number(value);
}

/** Waits until something is so; a minute at most. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 60_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error("What was waited for has not come to pass within a minute.");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A request whose second half is sent when `finish` is called. */
export class HalfSent {
  private readonly request: ClientRequest;
  readonly answer: Promise<{ status: number; text: string }>;

  constructor(
    url: string,
    private readonly body: Uint8Array,
  ) {
    const headers = { "Content-Length": body.length, "Content-Type": "image/png" };
    this.request = request(`${url}/predict`, { method: "POST", headers });
    this.answer = this.receive();
    // A test that hangs up does not ask for the answer.
    this.answer.catch(() => {});
    this.request.write(body.subarray(0, body.length / 2));
  }

  finish(): Promise<{ status: number; text: string }> {
    this.request.end(this.body.subarray(this.body.length / 2));
    return this.answer;
  }

  hangUp(): void {
    this.request.destroy();
  }

  private async receive() {
    const [response] = await once(this.request, "response");
    let text = "";
    for await (const chunk of response.setEncoding("utf8")) text += chunk;
    return { status: response.statusCode, text };
  }
}
