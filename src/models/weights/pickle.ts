// Pickle: a machine that rebuilds data from Python's pickles and can do nothing else.
//
// A pickle is a program for a stack machine, and Python's own runs whatever function the program names. Ours
// knows data and the builders that its caller allows; any other name is refused before anything comes of it.
// Opcodes: the comments of CPython's pickletools; protocols 1 to 5, without classes and out-of-band buffers.
import { UserError } from "../../base/errors.js";
import { ByteReader } from "./bytes.js";
import { decimal, literal } from "./pickle-literals.js";
import { type Builder, describe, type Fail, Global, type PickleValue, Tuple } from "./pickle-values.js";

export interface UnpickleOptions {
  /** The file, for errors. */
  readonly source: string;
  /** Allowed names (`module.name`) and what a call gives; null for names that are only data. */
  readonly globals: ReadonlyMap<string, Builder | null>;
  /** What a persistent id stands for. */
  readonly persistent: (id: PickleValue, fail: Fail) => PickleValue;
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
      let value = literal(opcode, this.#in, this.#fail);
      if (value === undefined) value = this.#made(opcode);
      if (value !== undefined) this.#stack.push(value);
      else this.#act(opcode);
    }
    const value = this.#pop();
    if (this.#stack.length > 0) this.#fail("values are left over at its end");
    return value;
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

  #append(items: readonly PickleValue[]): void {
    const target = this.#top();
    if (!Array.isArray(target)) this.#fail(`items are added to ${describe(target)}`);
    // One by one: a spread would put millions on JavaScript's own stack.
    for (const item of items) target.push(item);
  }

  #set(target: PickleValue, pairs: readonly PickleValue[]): PickleValue {
    if (!(target instanceof Map)) this.#fail(`entries are set in ${describe(target)}`);
    if (pairs.length % 2 !== 0) this.#fail("a key has no value");
    for (let i = 0; i < pairs.length; i += 2) target.set(pairs[i], pairs[i + 1]);
    return target;
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

  #textIndex(): number {
    return Number(decimal(/^\d{1,10}$/, this.#in, this.#fail));
  }

  /** The value that the opcode adds, of what came before it; undefined for an opcode that adds none. */
  #made(opcode: number): PickleValue | undefined {
    const input = this.#in;
    switch (opcode) {
      case 0x32: // 2 DUP
        return this.#top();

      case 0x5d: // ] EMPTY_LIST
        return [];
      case 0x6c: // l LIST
        return this.#sinceMark();
      case 0x29: // ) EMPTY_TUPLE
        return new Tuple([]);
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        return new Tuple(this.#last(opcode - 0x84));
      case 0x74: // t TUPLE
        return new Tuple(this.#sinceMark());
      case 0x7d: // } EMPTY_DICT
        return new Map();
      case 0x64: // d DICT
        return this.#set(new Map(), this.#sinceMark());
      case 0x8f: // EMPTY_SET
        return new Set();
      case 0x91: // FROZENSET
        return new Set(this.#sinceMark());

      case 0x63: // c GLOBAL
        return this.#global(input.line(), input.line());
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = this.#last(2);
        return this.#global(module, name);
      }
      case 0x52: {
        // R REDUCE
        const [callee, args] = this.#last(2);
        return this.#call(callee, args);
      }
      case 0x51: // Q BINPERSID
        return this.#options.persistent(this.#pop(), this.#fail);

      case 0x67: // g GET
        return this.#remembered(this.#textIndex());
      case 0x68: // h BINGET
        return this.#remembered(input.uint8());
      case 0x6a: // j LONG_BINGET
        return this.#remembered(input.uint32());
      default:
        return undefined;
    }
  }

  /** Does what an opcode says that adds no value. */
  #act(opcode: number): void {
    const input = this.#in;
    switch (opcode) {
      case 0x80: // PROTO
        if (input.uint8() > 5) this.#fail("its protocol is newer than 5");
        break;
      case 0x95: // FRAME: how many bytes may be read ahead
        input.uint64();
        break;

      case 0x28: // ( MARK
        this.#marks.push(this.#stack.length);
        break;
      case 0x30: // 0 POP
        this.#pop();
        break;
      case 0x31: // 1 POP_MARK
        this.#sinceMark();
        break;

      case 0x61: // a APPEND
        this.#append([this.#pop()]);
        break;
      case 0x65: // e APPENDS
        this.#append(this.#sinceMark());
        break;
      case 0x73: {
        // s SETITEM
        const pair = this.#last(2);
        this.#set(this.#top(), pair);
        break;
      }
      case 0x75: {
        // u SETITEMS
        const pairs = this.#sinceMark();
        this.#set(this.#top(), pairs);
        break;
      }
      case 0x90: {
        // ADDITEMS
        const items = this.#sinceMark();
        const target = this.#top();
        if (!(target instanceof Set)) this.#fail(`items are added to ${describe(target)}`);
        for (const item of items) target.add(item);
        break;
      }
      case 0x62: {
        // b BUILD; an OrderedDict may carry attributes (`_metadata`), of which none is a weight
        this.#pop();
        const target = this.#top();
        if (!(target instanceof Map)) this.#fail(`attributes are set on ${describe(target)}`);
        break;
      }

      case 0x70: // p PUT
        this.#store(this.#textIndex());
        break;
      case 0x71: // q BINPUT
        this.#store(input.uint8());
        break;
      case 0x72: // r LONG_BINPUT
        this.#store(input.uint32());
        break;
      case 0x94: // MEMOIZE
        this.#store(this.#memo.size);
        break;

      default:
        this.#fail(`its opcode 0x${opcode.toString(16).padStart(2, "0")} is not one that data needs`);
    }
  }
}
