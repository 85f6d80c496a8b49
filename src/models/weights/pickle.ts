// Pickle: a machine that rebuilds data from Python's pickles and can do nothing else.
//
// A pickle is a program for a stack machine, and Python's own runs whatever function the program names. Ours
// knows data and the builders that its caller allows; any other name is refused before anything comes of it.
// Opcodes: the comments of CPython's pickletools; protocols 1 to 5, without classes and out-of-band buffers.
import { UserError } from "../../base/errors.js";
import { ByteReader } from "./bytes.js";

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

export interface UnpickleOptions {
  /** The file, for errors. */
  readonly source: string;
  /** Allowed names (`module.name`) and what a call gives; null for names that are only data. */
  readonly globals: ReadonlyMap<string, Builder | null>;
  /** What a persistent id stands for. */
  readonly persistent: (id: PickleValue, fail: Fail) => PickleValue;
}

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

/**
 * Runs the pickle that begins at byte `start`; `end` is the byte after it.
 * Throws a UserError on damage, unknown opcodes and names that are not allowed.
 */
export function unpickle(
  bytes: Uint8Array,
  options: UnpickleOptions,
  start = 0,
): { value: PickleValue; end: number } {
  const machine = new Machine(bytes, options, start);
  return { value: machine.run(), end: machine.position };
}

/** Integers longer than this (bytes) are no part of a file of weights. */
const LONGEST_INTEGER = 255;

class Machine {
  readonly #options: UnpickleOptions;
  readonly #size: number;
  readonly #in: ByteReader;
  readonly #stack: PickleValue[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();
  #copied = 0;

  constructor(bytes: Uint8Array, options: UnpickleOptions, start: number) {
    this.#options = options;
    this.#size = bytes.length;
    this.#in = new ByteReader(bytes, options.source, start);
  }

  get position(): number {
    return this.#in.position;
  }

  readonly #fail: Fail = (why) => {
    throw new UserError(
      `${this.#options.source} holds a pickle that cannot be read (byte ${this.position}): ${why}. ` +
        "It is damaged, or not a file of weights.",
    );
  };

  run(): PickleValue {
    for (;;) {
      const opcode = this.#in.uint8();
      if (opcode === 0x2e /* . STOP */) break;
      this.#step(opcode);
    }
    const value = this.#pop();
    if (this.#stack.length > 0) this.#fail("values are left over at its end");
    return value;
  }

  #push(value: PickleValue): void {
    this.#stack.push(value);
  }

  #pop(): PickleValue {
    const value = this.#top();
    this.#stack.pop();
    return value;
  }

  #top(): PickleValue {
    const value = this.#stack.at(-1);
    if (value === undefined || this.#stack.length <= (this.#marks.at(-1) ?? 0)) {
      this.#fail("a value is used that is not there");
    }
    return value;
  }

  #last(count: number): PickleValue[] {
    const values = Array.from({ length: count }, () => this.#pop());
    return values.reverse();
  }

  #sinceMark(): PickleValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) this.#fail("a mark is used that is not there");
    return this.#stack.splice(mark);
  }

  #list(): PickleValue[] {
    const target = this.#top();
    return Array.isArray(target) ? target : this.#fail(`items are added to ${describe(target)}`);
  }

  #set(target: PickleValue, pairs: readonly PickleValue[]): void {
    if (!(target instanceof Map)) this.#fail(`entries are set in ${describe(target)}`);
    if (pairs.length % 2 !== 0) this.#fail("a key has no value");
    for (let i = 0; i < pairs.length; i += 2) target.set(pairs[i], pairs[i + 1]);
  }

  #remembered(index: number): PickleValue {
    const value = this.#memo.get(index);
    return value === undefined ? this.#fail(`its value ${index} is used before it is stored`) : value;
  }

  #global(module: PickleValue, name: PickleValue): Global {
    if (typeof module !== "string" || typeof name !== "string") this.#fail("a name is not a text");
    const full = `${module}.${name}`;
    const build = this.#options.globals.get(full);
    if (build !== undefined) return new Global(full, build ?? undefined);
    throw new UserError(
      `${this.#options.source} asks for Python's ${JSON.stringify(full.slice(0, 200))}, and tensors, numbers, texts, lists and ` +
        "dictionaries are all that is read from a file of weights. Nothing was run. If you trust the file, " +
        'load it in PyTorch and save the weights alone: torch.save(model.state_dict(), "weights.pth").',
    );
  }

  #call(callee: PickleValue, args: PickleValue): PickleValue {
    if (!(callee instanceof Global) || !callee.build || !(args instanceof Tuple)) {
      this.#fail(`${describe(callee)} is called`);
    }
    // A call may copy a container that was stored once and is named again and again; an honest pickle copies
    // no more items than it has bytes.
    for (const arg of args.items) {
      if (Array.isArray(arg) || typeof arg === "string") this.#copied += arg.length;
      if (arg instanceof Tuple) this.#copied += arg.items.length;
      if (arg instanceof Map) this.#copied += arg.size;
    }
    if (this.#copied > this.#size) this.#fail("it copies the same values over and over");
    return callee.build(args.items, this.#fail);
  }

  #store(index: number): void {
    this.#memo.set(index, this.#top());
  }

  #decimal(pattern: RegExp): string {
    const line = this.#in.line();
    return line.length <= 2 * LONGEST_INTEGER && pattern.test(line)
      ? line
      : this.#fail("a number is misspelt");
  }

  #step(opcode: number): void {
    const input = this.#in;
    switch (opcode) {
      case 0x80: // PROTO
        if (input.uint8() > 5) this.#fail("its protocol is newer than 5");
        return;
      case 0x95: // FRAME: how many bytes may be read ahead
        input.uint64();
        return;

      case 0x28: // ( MARK
        this.#marks.push(this.#stack.length);
        return;
      case 0x30: // 0 POP
        this.#pop();
        return;
      case 0x31: // 1 POP_MARK
        this.#sinceMark();
        return;
      case 0x32: // 2 DUP
        return this.#push(this.#top());

      case 0x4e: // N NONE
        return this.#push(null);
      case 0x88: // NEWTRUE
        return this.#push(true);
      case 0x89: // NEWFALSE
        return this.#push(false);
      case 0x49: {
        // I INT; protocol 1 spells truth values 00 and 01
        const line = this.#decimal(/^-?\d+$/);
        return this.#push(line === "00" || line === "01" ? line === "01" : integer(BigInt(line)));
      }
      case 0x4c: // L LONG
        return this.#push(integer(BigInt(this.#decimal(/^-?\d+L?$/).replace("L", ""))));
      case 0x46: // F FLOAT
        return this.#push(
          Number(this.#decimal(/^-?(\d+\.?\d*(e[-+]?\d+)?|inf|nan)$/).replace("inf", "Infinity")),
        );
      case 0x4a: // J BININT
        return this.#push(input.int32());
      case 0x4b: // K BININT1
        return this.#push(input.uint8());
      case 0x4d: // M BININT2
        return this.#push(input.uint16());
      case 0x8a: // LONG1
        return this.#push(integer(twosComplement(input.take(input.uint8()))));
      case 0x8b: {
        // LONG4
        const length = input.uint32();
        if (length > LONGEST_INTEGER) this.#fail(`an integer has ${length} bytes`);
        return this.#push(integer(twosComplement(input.take(length))));
      }
      case 0x47: // G BINFLOAT
        return this.#push(input.bigEndianFloat64());

      case 0x8c: // SHORT_BINUNICODE
      case 0x55: // U SHORT_BINSTRING
        return this.#push(input.text(input.uint8()));
      case 0x58: // X BINUNICODE
      case 0x54: // T BINSTRING
        return this.#push(input.text(input.uint32()));
      case 0x8d: // BINUNICODE8
        return this.#push(input.text(input.uint64()));
      case 0x43: // C SHORT_BINBYTES
        return this.#push(input.take(input.uint8()));
      case 0x42: // B BINBYTES
        return this.#push(input.take(input.uint32()));
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        return this.#push(input.take(input.uint64()));

      case 0x5d: // ] EMPTY_LIST
        return this.#push([]);
      case 0x6c: // l LIST
        return this.#push(this.#sinceMark());
      case 0x61: {
        // a APPEND
        const item = this.#pop();
        this.#list().push(item);
        return;
      }
      case 0x65: {
        // e APPENDS; item by item, since a spread would put millions on JavaScript's own stack
        const items = this.#sinceMark();
        const target = this.#list();
        for (const item of items) target.push(item);
        return;
      }
      case 0x29: // ) EMPTY_TUPLE
        return this.#push(new Tuple([]));
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        return this.#push(new Tuple(this.#last(opcode - 0x84)));
      case 0x74: // t TUPLE
        return this.#push(new Tuple(this.#sinceMark()));
      case 0x7d: // } EMPTY_DICT
        return this.#push(new Map());
      case 0x64: {
        // d DICT
        const pairs = this.#sinceMark();
        const target = new Map<PickleValue, PickleValue>();
        this.#set(target, pairs);
        return this.#push(target);
      }
      case 0x73: {
        // s SETITEM
        const pair = this.#last(2);
        return this.#set(this.#top(), pair);
      }
      case 0x75: {
        // u SETITEMS
        const pairs = this.#sinceMark();
        return this.#set(this.#top(), pairs);
      }
      case 0x8f: // EMPTY_SET
        return this.#push(new Set());
      case 0x91: // FROZENSET
        return this.#push(new Set(this.#sinceMark()));
      case 0x90: {
        // ADDITEMS
        const items = this.#sinceMark();
        const target = this.#top();
        if (!(target instanceof Set)) this.#fail(`items are added to ${describe(target)}`);
        for (const item of items) target.add(item);
        return;
      }

      case 0x63: // c GLOBAL
        return this.#push(this.#global(input.line(), input.line()));
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = this.#last(2);
        return this.#push(this.#global(module, name));
      }
      case 0x52: {
        // R REDUCE
        const [callee, args] = this.#last(2);
        return this.#push(this.#call(callee, args));
      }
      case 0x62: {
        // b BUILD; an OrderedDict may carry attributes (`_metadata`), of which none is a weight
        this.#pop();
        const target = this.#top();
        if (!(target instanceof Map)) this.#fail(`attributes are set on ${describe(target)}`);
        return;
      }
      case 0x51: // Q BINPERSID
        return this.#push(this.#options.persistent(this.#pop(), this.#fail));

      case 0x70: // p PUT
        return this.#store(Number(this.#decimal(/^\d{1,10}$/)));
      case 0x71: // q BINPUT
        return this.#store(input.uint8());
      case 0x72: // r LONG_BINPUT
        return this.#store(input.uint32());
      case 0x94: // MEMOIZE
        return this.#store(this.#memo.size);
      case 0x67: // g GET
        return this.#push(this.#remembered(Number(this.#decimal(/^\d{1,10}$/))));
      case 0x68: // h BINGET
        return this.#push(this.#remembered(input.uint8()));
      case 0x6a: // j LONG_BINGET
        return this.#push(this.#remembered(input.uint32()));

      default:
        this.#fail(`its opcode 0x${opcode.toString(16).padStart(2, "0")} is not one that data needs`);
    }
  }
}

/** A number where that is exact. */
function integer(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Little-endian two's complement. */
function twosComplement(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
  return bytes.length > 0 && bytes[bytes.length - 1] & 0x80
    ? value - (1n << BigInt(8 * bytes.length))
    : value;
}
