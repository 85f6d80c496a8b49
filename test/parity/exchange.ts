// Arrays that the Python sides hand over: exchange.py writes NAME.bin and NAME.json.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { sizeOf } from "../../src/graph/tensor.js";

const arrays = { float32: Float32Array, float64: Float64Array, uint8: Uint8Array } as const;
type Type = keyof typeof arrays;

interface Entry {
  type: Type;
  shape: number[];
  offset: number;
}

export class Exchange {
  private constructor(
    private readonly entries: Record<string, Entry>,
    private readonly bytes: ArrayBuffer,
  ) {}

  static async read(folder: string, name: string): Promise<Exchange> {
    const entries = JSON.parse(await readFile(join(folder, `${name}.json`), "utf8")) as Record<string, Entry>;
    const file = await readFile(join(folder, `${name}.bin`));
    return new Exchange(entries, Uint8Array.from(file).buffer);
  }

  /** The keys that begin with `prefix`, without it. */
  keys(prefix: string): string[] {
    return Object.keys(this.entries)
      .filter((key) => key.startsWith(prefix))
      .map((key) => key.slice(prefix.length));
  }

  shape(key: string): readonly number[] {
    return this.entry(key).shape;
  }

  get<T extends Type>(key: string, type: T): InstanceType<(typeof arrays)[T]> {
    const entry = this.entry(key);
    if (entry.type !== type) throw new TypeError(`${key} is ${entry.type}, not ${type}.`);
    return new arrays[type](this.bytes, entry.offset, sizeOf(entry.shape)) as InstanceType<
      (typeof arrays)[T]
    >;
  }

  private entry(key: string): Entry {
    const entry = this.entries[key];
    if (entry === undefined) throw new RangeError(`Python wrote no ${key}.`);
    return entry;
  }
}
