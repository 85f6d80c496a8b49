// The pickle machine gives Python's values (test/golden/weights.py) and refuses everything else.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { UserError } from "../../base/errors.js";
import { random } from "../../base/random.js";
import { unpickle } from "./pickle.js";
import { type PickleValue, Tuple } from "./pickle-values.js";
import { torchGlobals, torchStorage } from "./torch-pickle.js";

const golden = new URL("../../../../test/golden/weights/", import.meta.url);
const options = { source: "a.pth", globals: torchGlobals, persistent: torchStorage };
const run = (code: string) => unpickle(Buffer.from(code, "latin1"), options).value;

interface Golden {
  readonly protocol: number;
  readonly pickle: string;
  readonly value: unknown;
}
const pickles: Golden[] = JSON.parse(readFileSync(new URL("pickles.json", golden), "utf8"));

/** The form that the golden file has. */
function asJson(value: PickleValue): unknown {
  if (value instanceof Tuple) return { tuple: value.items.map(asJson) };
  if (Array.isArray(value)) return value.map(asJson);
  if (value instanceof Set) return { set: [...value].map(asJson) };
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString("hex") };
  if (value instanceof Map) return { dict: [...value].map(([k, v]) => [asJson(k), asJson(v)]) };
  if (typeof value === "bigint" || (typeof value === "number" && !Number.isSafeInteger(value))) {
    return { number: `${value}` };
  }
  return value;
}

for (const { protocol, pickle, value } of pickles) {
  test(`protocol ${protocol}: Python's values`, () => {
    const bytes = Buffer.from(pickle, "base64");
    const { value: found, end } = unpickle(bytes, options);
    assert.equal(end, bytes.length);
    assert.deepEqual(asJson(found), value);
  });

  test(`protocol ${protocol}: cut off anywhere, it is refused`, () => {
    const bytes = Buffer.from(pickle, "base64");
    for (let length = 0; length < bytes.length; length++) {
      assert.throws(() => unpickle(bytes.subarray(0, length), options), {
        name: "UserError",
        message: /a\.pth/,
      });
    }
  });
}

test("pickles in a row: the end of one is the beginning of the next", () => {
  const bytes = Buffer.from("K\x01.K\x02.", "latin1");
  const first = unpickle(bytes, options);
  assert.deepEqual([first.value, unpickle(bytes, options, first.end).value], [1, 2]);
});

for (const [why, code, sentence] of [
  [
    "a function by GLOBAL",
    "cos\nsystem\n(X\x02\x00\x00\x00lstR.",
    /asks for Python's "os\.system".*Nothing was run/,
  ],
  ["a function by STACK_GLOBAL", "\x8c\x08builtins\x8c\x04eval\x93.", /"builtins\.eval"/],
  [
    "a method of an allowed name",
    "ccollections\nOrderedDict.update\n.",
    /"collections\.OrderedDict\.update"/,
  ],
  ["an instance of a class", "(ios\nsystem\n.", /opcode 0x69/],
  ["NEWOBJ", ")\x81.", /opcode 0x81/],
  ["an extension", "\x82\x01.", /opcode 0x82/],
  ["a persistent id in text", "P0\n.", /opcode 0x50/],
  ["an out-of-band buffer", "\x97.", /opcode 0x97/],
  ["a call of data", "K\x01)R.", /a number is called/],
  ["a call of a storage's type", "ctorch\nFloatStorage\n)R.", /torch\.FloatStorage is called/],
  ["attributes of something else", "]}b.", /attributes are set on a list/],
  ["a value that was never stored", "h\x07.", /value 7 is used before it is stored/],
  ["a list that is a number", "K\x01K\x02a.", /items are added to a number/],
  ["a dictionary that is a list", "]K\x01K\x02s.", /entries are set in a list/],
  ["a key without a value", "}(K\x01u.", /a key has no value/],
  ["an empty stack", ".", /a value is used that is not there/],
  ["a value below the mark", "K\x01(0.", /a value is used that is not there/],
  ["no mark", "t.", /a mark is used that is not there/],
  ["values left over", "K\x01K\x02.", /left over/],
  ["a protocol of the future", "\x80\x09.", /newer than 5/],
  ["a text of 4 GiB", "X\xff\xff\xff\xff.", /4294967295 bytes are announced at byte 5 and 1 are there/],
  ["bytes of 16 EiB", "\x8e\xff\xff\xff\xff\xff\xff\xff\xff.", /bytes are announced/],
  ["an integer of 2 GiB", "\x8b\xff\xff\xff\x7f.", /an integer has 2147483647 bytes/],
  ["a misspelt number", "I1e9\n.", /misspelt/],
  ["a reference to something else", "X\x06\x00\x00\x00module\x85Q.", /a reference is not to a storage/],
] as const) {
  test(`refused: ${why}`, () => {
    assert.throws(() => run(code), { name: "UserError", message: sentence });
  });
}

/** `_rebuild_tensor` of a FloatStorage of `length` elements. */
function tensorOf(length: string, offset: string, shape: string, strides: string): string {
  const storage = `(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu${length}tQ`;
  return `ctorch._utils\n_rebuild_tensor\n(${storage}${offset}${shape}${strides}tR.`;
}

test("a tensor inside its storage is read, one beyond it is refused", () => {
  assert.ok(run(tensorOf("K\x06", "K\x00", "K\x02K\x03\x86", "K\x03K\x01\x86")));
  for (const [offset, shape, strides] of [
    ["K\x01", "K\x02K\x03\x86", "K\x03K\x01\x86"],
    ["K\x00", "K\x02K\x03\x86", "K\x04K\x01\x86"],
    ["K\x00", "K\x07\x85", "K\x01\x85"],
    ["K\x00", "I4503599627370496\nI4503599627370496\n\x86", "K\x01K\x01\x86"],
  ]) {
    assert.throws(
      () => run(tensorOf("K\x06", offset, shape, strides)),
      /reaches beyond its storage of 6 elements/,
    );
  }
  assert.throws(
    () => run(tensorOf("K\x06", "I-1\n", "K\x01\x85", "K\x01\x85")),
    /the offset of a tensor is not a count/,
  );
  assert.throws(
    () => run(tensorOf("K\x06", "K\x00", "K\x01\x85", "J\xff\xff\xff\xff\x85")),
    /the strides of a tensor/,
  );
});

test("a list that is copied again and again is refused before it fills the memory", () => {
  const items = "K\x01".repeat(1000);
  const copies = "cbuiltins\nset\nh\x00\x85R0".repeat(1000);
  assert.throws(() => run(`](${items}eq\x00${copies}.`), /copies the same values over and over/);
});

test("lists within lists, each twice in the next, cost nothing", () => {
  assert.ok(Array.isArray(run(`]q\x00${"0](h\x00h\x00eq\x00".repeat(10_000)}.`)));
});

test("5,000 random changes of a checkpoint's pickle end in a UserError or a value", () => {
  const file = readFileSync(new URL("checkpoint-old.pth", golden));
  const start = 137;
  unpickle(file, options, start);
  const stream = random(2, "damage");
  let refused = 0;
  for (let i = 0; i < 5000; i++) {
    const bytes = Buffer.from(file);
    for (let changes = 1 + stream.integer(3); changes > 0; changes--) {
      bytes[start + stream.integer(bytes.length - start)] = stream.integer(256);
    }
    try {
      unpickle(bytes, options, start);
    } catch (error) {
      assert.ok(error instanceof UserError, `change ${i}: ${(error as Error).stack}`);
      refused++;
    }
  }
  assert.ok(refused > 1000, `${refused} were refused`);
});
