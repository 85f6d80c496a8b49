// The table of a torture run: what was tried, how often, what survived, at which worst time and memory.
import { table } from "../../src/cli/output.js";

export interface Row {
  readonly what: string;
  readonly tried: number;
  readonly survived: number;
  /** The rate of those that survive, divided by what it is when nothing is wrong; where less than all is allowed to. */
  readonly share?: number;
  /** The least `share` that passes. Default: all have to survive. */
  readonly leastShare?: number;
  /** Of one try; seconds. */
  readonly worstSeconds?: number;
  /** Above what the process had before; MB. */
  readonly worstMegabytes?: number;
  /** What happened to those that did not survive, or why nothing was tried. */
  readonly notes?: readonly string[];
}

export function tortureTable(rows: readonly Row[]): string {
  const drawn = table(
    [["what"], ["tried", "right"], ["survived", "right"], ["worst time", "right"], ["worst memory", "right"]],
    rows.map(({ what, tried, survived, worstSeconds, worstMegabytes }) => [
      what,
      tried.toLocaleString("en-US"),
      tried === 0 ? "skipped" : survived.toLocaleString("en-US"),
      worstSeconds === undefined ? "" : `${worstSeconds.toFixed(2)} s`,
      worstMegabytes === undefined ? "" : `${Math.round(worstMegabytes)} MB`,
    ]),
  );
  const notes = rows.flatMap(({ what, notes = [] }) => notes.map((note) => `${what}: ${note}`));
  return [drawn, ...notes].join("\n");
}
