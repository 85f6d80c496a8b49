// Mutate: from a real file one that is a little wrong, so that readers get further into it than noise would.
import type { Random } from "../../src/base/random.js";

/** Numbers at which lengths, counts and offsets tip over. */
const edges = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

/** Texts that mean something to one reader or another, or to JavaScript. */
const tokens = [
  ...[
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "length",
    "../../../etc/passwd",
    "/etc/passwd",
  ],
  ...[
    "\\..\\..\\",
    "\u0000",
    "\ufeff",
    "\ud800",
    "\u202e",
    "null",
    "true",
    "NaN",
    "Infinity",
    "1e999",
    "-1",
    "0",
  ],
  ...[
    "9007199254740993",
    "[]",
    "{}",
    "[[",
    "]]",
    "{{",
    "}}",
    '"',
    "\\",
    "\n",
    "\r\n",
    ",",
    ";",
    "\t",
    "|",
    "&amp;",
  ],
  ...[
    "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>",
    "<![CDATA[",
    "<!--",
    "&#x0;",
    "<",
    ">",
    "- ",
    "? ",
  ],
  ...[
    "&a",
    "*a",
    "!!js",
    "<<: ",
    "%",
    "{",
    "}",
    "[",
    "]",
    ":",
    "file:///",
    "https://example.org/",
    "NUL",
    "con",
  ],
];

/** Longest result, in bytes. */
const longest = 1 << 20;

/**
 * One to eight small changes of `bytes`: bits, numbers, pieces left out, repeated, moved, taken from another file or from
 * a list of odd texts; or, of JSON, of the tree that it is.
 * @param others files of the same kind, from which pieces may come
 */
export function mutate(bytes: Uint8Array, stream: Random, others: readonly Uint8Array[]): Uint8Array {
  let result = Buffer.from(bytes);
  const changes = 1 + stream.integer(8);
  for (let i = 0; i < changes; i++) result = Buffer.from(changed(result, stream, others));
  return result.length > longest ? result.subarray(0, longest) : result;
}

function changed(bytes: Buffer, stream: Random, others: readonly Uint8Array[]): Uint8Array {
  const at = stream.integer(bytes.length + 1);
  const length = Math.min(bytes.length - at, 1 + stream.integer(1 << stream.integer(9)));
  const [before, piece, after] = [
    bytes.subarray(0, at),
    bytes.subarray(at, at + length),
    bytes.subarray(at + length),
  ];
  switch (stream.integer(11)) {
    case 0: {
      const copy = Buffer.from(bytes);
      if (at < copy.length) copy[at] ^= 1 << stream.integer(8);
      return copy;
    }
    case 1: {
      const copy = Buffer.from(bytes);
      if (at < copy.length) copy[at] = stream.integer(256);
      return copy;
    }
    case 2: {
      const copy = Buffer.from(bytes);
      const edge = edges[stream.integer(edges.length)];
      const size = [1, 2, 4, 8][stream.integer(4)];
      if (at + size > copy.length) return copy;
      const view = new DataView(copy.buffer, copy.byteOffset + at, size);
      const little = stream.integer(2) === 0;
      if (size === 1) view.setUint8(0, edge);
      else if (size === 2) view.setUint16(0, edge, little);
      else if (size === 4) view.setUint32(0, edge, little);
      else view.setBigUint64(0, BigInt(edge), little);
      return copy;
    }
    case 3:
      return Buffer.concat([before, after]);
    case 4: {
      const most = Math.max(1, Math.min(times(stream, 12), Math.floor(longest / (length + 1))));
      return Buffer.concat([before, ...Array<Buffer>(most).fill(piece), after]);
    }
    case 5:
      return bytes.subarray(0, at);
    case 6: {
      const other = others[stream.integer(others.length)] ?? bytes;
      const from = stream.integer(other.length + 1);
      return Buffer.concat([before, other.subarray(from, from + stream.integer(256)), after]);
    }
    case 7:
    case 8:
      return Buffer.concat([
        before,
        Buffer.from(tokens[stream.integer(tokens.length)].repeat(times(stream, 12))),
        stream.integer(2) === 0 ? after : bytes.subarray(at),
      ]);
    case 9: {
      const to = stream.integer(bytes.length + 1);
      const rest = Buffer.concat([before, after]);
      return Buffer.concat([rest.subarray(0, to), piece, rest.subarray(to)]);
    }
    default:
      return changedTree(bytes, stream) ?? bytes;
  }
}

/** How often something is repeated: mostly a few times, for small files are read by the thousand; rarely up to 2^power. */
function times(stream: Random, power: number): number {
  return 1 << stream.integer(stream.integer(40) === 0 ? power + 1 : 3);
}

/** JSON with one value of its tree exchanged, wrapped or repeated; undefined for what is no JSON. */
function changedTree(bytes: Buffer, stream: Random): Uint8Array | undefined {
  const text = bytes.toString();
  const lines = text.startsWith("{") && text.includes("}\n{") ? text.split("\n") : [text];
  const line = stream.integer(lines.length);
  try {
    const tree: unknown = JSON.parse(lines[line]);
    const count = countOf(tree);
    lines[line] = JSON.stringify(replaced(tree, { left: stream.integer(count) }, stream)) ?? "";
    return Buffer.from(lines.join("\n"));
  } catch {
    return undefined;
  }
}

function countOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce<number>((sum, item) => sum + countOf(item), 1);
}

function replaced(value: unknown, place: { left: number }, stream: Random): unknown {
  if (place.left-- === 0) return odd(value, stream);
  if (Array.isArray(value)) return value.map((item) => replaced(item, place, stream));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const name = stream.integer(40) === 0 ? tokens[stream.integer(tokens.length)] : key;
      return [name, replaced(item, place, stream)];
    }),
  );
}

function odd(value: unknown, stream: Random): unknown {
  const others: unknown[] = [
    ...[
      null,
      true,
      "",
      0,
      -1,
      1.5,
      1e308,
      [],
      {},
      [value],
      { a: value },
      [value, value],
      String(typeof value),
    ],
    ...[
      { toString: 1, valueOf: 2 },
      { length: 1e9 },
      [[[[[[value]]]]]],
      tokens[stream.integer(tokens.length)],
    ],
    "x".repeat(times(stream, 16)),
    Array.from({ length: times(stream, 10) }, () => value),
  ];
  return others[stream.integer(others.length)];
}
