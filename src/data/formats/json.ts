// Reading JSON that somebody else wrote: parsed, and asked for what it holds without trusting it.
import { UserError } from "../../base/errors.js";

export type JsonObject = Readonly<Record<string, unknown>>;

/** @throws UserError that says where the text stops being JSON */
export function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ""));
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new UserError(`${name} is not JSON: ${said}. Was it cut short?`);
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value as JSON, for messages: of what lies deeper than four levels, or goes on for long, only the beginning. */
export function shown(value: unknown, depth = 4): string {
  if (Array.isArray(value)) {
    if (depth === 0) return value.length === 0 ? "[]" : "[…]";
    const items = value.slice(0, most).map((item) => shown(item, depth - 1));
    return `[${[...items, ...(value.length > most ? ["…"] : [])].join(",")}]`;
  }
  if (isObject(value)) {
    const keys = Object.keys(value);
    if (depth === 0) return keys.length === 0 ? "{}" : "{…}";
    const items = keys.slice(0, most).map((key) => `${shown(key)}:${shown(value[key], depth - 1)}`);
    return `{${[...items, ...(keys.length > most ? ["…"] : [])].join(",")}}`;
  }
  const text = typeof value === "string" && value.length > letters ? `${value.slice(0, letters)}…` : value;
  return JSON.stringify(text) ?? "nothing";
}

/** Items of a list, and letters of a text, that messages show. */
const most = 5;
const letters = 60;

/** The objects of a list; whatever is no list has none. */
export function objectsOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** Texts and numbers of an object, for `--group-by`. @param labels keys that are labels */
export function fieldsOf(
  value: JsonObject,
  except: readonly string[] = [],
  labels: ReadonlyMap<string, unknown> = new Map(),
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, field]) => {
      const isPlain = typeof field === "string" || typeof field === "number" || typeof field === "boolean";
      return isPlain && !except.includes(key) && !labels.has(key) ? [[key, String(field)] as const] : [];
    }),
  );
}
