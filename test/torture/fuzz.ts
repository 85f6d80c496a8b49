// Fuzz: a reader gets files that are a little wrong, as many as there is time for, and must end each with a result or an
// error for people, in little time and memory, and leave JavaScript's own objects alone.
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../src/base/errors.js";
import { random } from "../../src/base/random.js";
import { mutate } from "./mutate.js";
import type { Reader } from "./readers.js";
import type { Row } from "./table.js";

/** What a file of 1 MB may take at most. */
export const mostSeconds = 2;
export const mostMegabytes = 256;

/** What errors of JavaScript's own say, and values that are not meant for people. */
const foreign =
  /\[object |\bundefined\b|Maximum call stack|is not a function|is not iterable|Cannot (read|set|convert)|Invalid (array|typed)|allocation failed/;

/** Files kept because they led to something new, of each reader. */
const mostKept = 2000;
const largestKept = 1 << 13;

export interface FuzzOptions {
  readonly seed: number;
  /** Ends after so many files or milliseconds, whichever comes first. */
  readonly executions?: number;
  readonly milliseconds?: number;
  /** Where files that broke a reader are kept. */
  readonly crashes?: string;
}

/** What is wrong with how a reader took a file; undefined where nothing is. */
export async function flaw(reader: Reader, bytes: Uint8Array): Promise<string | undefined> {
  return (await outcome(reader, bytes)).flaw;
}

interface Outcome {
  readonly flaw?: string;
  /** The same for files that take the same way through the reader. */
  readonly way: string;
  readonly seconds: number;
}

async function outcome(reader: Reader, bytes: Uint8Array): Promise<Outcome> {
  const start = process.cpuUsage();
  let way = "read";
  let wrong: string | undefined;
  try {
    await reader.read(bytes);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    way = message.replace(/"[^"]*"|\d+|\(.*\)/g, "#").slice(0, 120);
    if (!(error instanceof UserError)) wrong = `${(error as Error)?.stack ?? error}`.slice(0, 600);
    else if (message.length > 60_000) wrong = `a message of ${message.length} letters`;
    else if (foreign.test(message) && !foreign.test(String(bytes))) wrong = message.slice(0, 300);
  }
  if (Object.keys(Object.prototype).length > 0 || Object.keys(Array.prototype).length > 0) {
    wrong = `Object.prototype has ${Object.keys(Object.prototype)}`;
    for (const key of Object.keys(Object.prototype))
      delete (Object.prototype as Record<string, unknown>)[key];
  }
  const { user, system } = process.cpuUsage(start);
  return { way, flaw: wrong, seconds: (user + system) / 1e6 };
}

export async function fuzz(reader: Reader, options: FuzzOptions): Promise<Row> {
  const { seed, executions = Infinity, milliseconds = Infinity, crashes } = options;
  const stream = random(seed, "fuzz", reader.name);
  const kept = [...reader.seeds];
  const ways = new Set<string>();
  const end = performance.now() + milliseconds;
  const notes = new Map<string, number>();
  let [tried, survived, worstSeconds, worstMegabytes] = [0, 0, 0, 0];
  let peak = process.resourceUsage().maxRSS;
  for (; tried < executions && performance.now() < end; tried++) {
    const bytes =
      tried < reader.seeds.length
        ? reader.seeds[tried]
        : mutate(kept[stream.integer(kept.length)], stream, kept);
    const found = await outcome(reader, bytes);
    let { flaw: wrong, seconds } = found;
    // A busy machine and the collector of garbage make one time say little.
    for (let again = 0; again < 3 && seconds > mostSeconds; again++) {
      seconds = Math.min(seconds, (await outcome(reader, bytes)).seconds);
    }
    if (seconds > mostSeconds) wrong ??= `${seconds.toFixed(1)} s for ${bytes.length} bytes`;
    const grown = (process.resourceUsage().maxRSS - peak) / 1024;
    peak = process.resourceUsage().maxRSS;
    if (grown > (reader.megabytes ?? mostMegabytes))
      wrong ??= `${Math.round(grown)} MB for ${bytes.length} bytes`;
    worstSeconds = Math.max(worstSeconds, seconds);
    worstMegabytes = Math.max(worstMegabytes, grown);
    if (!ways.has(found.way)) {
      ways.add(found.way);
      if (kept.length < mostKept && bytes.length < largestKept) kept.push(bytes);
    }
    if (wrong === undefined) survived++;
    else note(notes, wrong, reader.name, bytes, crashes);
  }
  return {
    what: `reader of ${reader.name}`,
    tried,
    survived,
    worstSeconds,
    worstMegabytes,
    notes: [...notes].map(([wrong, times]) => `${times} × ${wrong}`),
  };
}

function note(
  notes: Map<string, number>,
  wrong: string,
  name: string,
  bytes: Uint8Array,
  crashes: string | undefined,
): void {
  const known = notes.get(wrong) ?? 0;
  if (known === 0 && crashes !== undefined && notes.size < 20) {
    const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
    const folder = join(crashes, name.replace(" ", "-"));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, hash), bytes);
  }
  if (known > 0 || notes.size < 20) notes.set(wrong, known + 1);
}
