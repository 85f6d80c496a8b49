// What zod finds wrong, as sentences of what was wanted.
import type { z } from "zod";
import { nearestFirst } from "./nearest.js";

const kinds: Record<string, string> = {
  int: "a whole number",
  number: "a number",
  string: "a text",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

/** `a`, `a or b`, `a, b or c`. */
export function either(names: readonly unknown[]): string {
  const last = String(names.at(-1));
  return names.length > 1 ? `${names.slice(0, -1).join(", ")} or ${last}` : last;
}

/** Of a number: its value. Of a text or a list: its length. */
function bound(origin: string, comparison: string, limit: number | bigint): string {
  if (origin === "number" || origin === "int") return `must be a number ${comparison} ${limit}`;
  if (origin === "string") return "must not be empty";
  return `must be a list of ${comparison.replace("of ", "")} ${limit}`;
}

/** All that there are, where they are few. */
function offered(key: string, known: readonly string[]): string {
  if (known.length === 0) return "";
  return known.length <= 8
    ? `; there are ${known.join(", ")}`
    : `; the nearest is ${nearestFirst(key, known)[0]}`;
}

/** For the `error` of zod's `safeParse`; a schema's own sentences come before it. */
export const wanted: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case "invalid_type":
      return `must be ${kinds[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return `must be ${either(issue.values)}`;
    case "too_small":
      return bound(issue.origin, issue.inclusive ? "of at least" : "above", issue.minimum);
    case "too_big":
      return bound(issue.origin, issue.inclusive ? "of at most" : "below", issue.maximum);
    case "unrecognized_keys": {
      const known = Object.keys((issue.inst as z.ZodObject | undefined)?.shape ?? {});
      return issue.keys.map((key) => `there is no ${key}${offered(key, known)}`).join("; ");
    }
    default:
      return undefined;
  }
};

/** Each problem as `name: sentence`. */
export function problemsIn(error: z.ZodError | undefined): string[] {
  return (error?.issues ?? []).map(({ path, message }) =>
    path.length === 0 ? message : `${path.join(".")}: ${message}`,
  );
}
