// The opcodes of a pickle that spell a value out: numbers, texts, bytes.
import type { ByteReader } from "./bytes.js";
import type { Fail, PickleValue } from "./pickle-values.js";

/** Integers longer than this (bytes) are no part of a file of weights. */
const LONGEST_INTEGER = 255;

/** The value that the opcode spells out in the bytes that follow it; undefined for an opcode of another kind. */
export function literal(opcode: number, input: ByteReader, fail: Fail): PickleValue | undefined {
  switch (opcode) {
    case 0x4e: // N NONE
      return null;
    case 0x88: // NEWTRUE
      return true;
    case 0x89: // NEWFALSE
      return false;
    case 0x49: {
      // I INT; protocol 1 spells truth values 00 and 01
      const line = decimal(/^-?\d+$/, input, fail);
      return line === "00" || line === "01" ? line === "01" : exact(BigInt(line));
    }
    case 0x4c: // L LONG
      return exact(BigInt(decimal(/^-?\d+L?$/, input, fail).replace("L", "")));
    case 0x4a: // J BININT
      return input.int32();
    case 0x4b: // K BININT1
      return input.uint8();
    case 0x4d: // M BININT2
      return input.uint16();
    case 0x8a: // LONG1
      return exact(twosComplement(input.take(input.uint8())));
    case 0x8b: {
      // LONG4
      const length = input.uint32();
      if (length > LONGEST_INTEGER) fail(`an integer has ${length} bytes`);
      return exact(twosComplement(input.take(length)));
    }
    case 0x47: // G BINFLOAT
      return input.bigEndianFloat64();

    case 0x8c: // SHORT_BINUNICODE
    case 0x55: // U SHORT_BINSTRING
      return input.text(input.uint8());
    case 0x58: // X BINUNICODE
    case 0x54: // T BINSTRING
      return input.text(input.uint32());
    case 0x8d: // BINUNICODE8
      return input.text(input.uint64());
    case 0x43: // C SHORT_BINBYTES
      return input.take(input.uint8());
    case 0x42: // B BINBYTES
      return input.take(input.uint32());
    case 0x8e: // BINBYTES8
    case 0x96: // BYTEARRAY8
      return input.take(input.uint64());
    default:
      return undefined;
  }
}

/** A line that spells a number; throws by `fail` where it does not fit the pattern. */
export function decimal(pattern: RegExp, input: ByteReader, fail: Fail): string {
  const line = input.line();
  return line.length <= 2 * LONGEST_INTEGER && pattern.test(line) ? line : fail("a number is misspelt");
}

/** A number where that is exact. */
function exact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Little-endian two's complement. */
function twosComplement(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes.slice().reverse()) value = (value << 8n) | BigInt(byte);
  return BigInt.asIntN(8 * bytes.length, value);
}
