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

/** The objects of a list; whatever is no list has none. */
export function objectsOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** Texts and numbers of an object, for `--group-by`. */
export function fieldsOf(value: JsonObject, except: readonly string[] = []): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [key, field] of Object.entries(value)) {
    if (except.includes(key)) continue;
    if (typeof field === "string" || typeof field === "number" || typeof field === "boolean") {
      fields[key] = String(field);
    }
  }
  return fields;
}
