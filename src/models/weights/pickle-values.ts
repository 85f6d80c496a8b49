// The values that a pickle is made of, and the builders that a name in it may stand for.

/** Something that a builder made; opaque to the machine. */
export abstract class PickleObject {}

export class Tuple {
  constructor(readonly items: readonly PickleValue[]) {}
}

/** A Python name that the caller allowed. */
export class Global {
  constructor(
    readonly name: string,
    readonly build?: Builder,
  ) {}
}

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | Set<PickleValue>
  | Tuple
  | Global
  | PickleObject;

/** Throws the UserError that says why the file cannot be read. */
export type Fail = (why: string) => never;

/** What a call of an allowed name gives; a plain function of ours on data. */
export type Builder = (args: readonly PickleValue[], fail: Fail) => PickleValue;

/** A word for a value, for errors and listings. */
export function describe(value: PickleValue): string {
  if (value === null) return "None";
  if (Array.isArray(value)) return "a list";
  if (value instanceof Map) return "a dictionary";
  if (value instanceof Set) return "a set";
  if (value instanceof Tuple) return "a tuple";
  if (value instanceof Uint8Array) return "bytes";
  if (value instanceof Global) return value.name;
  if (typeof value === "string") return "a text";
  if (typeof value === "boolean") return "a truth value";
  if (typeof value === "number" || typeof value === "bigint") return "a number";
  return "a tensor";
}
