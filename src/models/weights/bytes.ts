// ByteReader: numbers and text from an array of bytes, never past its end.
import { UserError } from "../../base/errors.js";

export class ByteReader {
  position: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #source: string;

  /** `source` names the file in errors. */
  constructor(bytes: Uint8Array, source: string, start = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#source = source;
    this.position = start;
  }

  /** Steps over `length` bytes and returns where they begin; throws a UserError where there are fewer. */
  #step(length: number): number {
    const start = this.position;
    if (length > this.#bytes.length - start) {
      throw new UserError(
        `${this.#source} ends too early: ${length} bytes are announced at byte ${start} and ${this.#bytes.length - start} are there. ` +
          "It is cut off or damaged; get it anew.",
      );
    }
    this.position = start + length;
    return start;
  }

  take(length: number): Uint8Array {
    const start = this.#step(length);
    return this.#bytes.subarray(start, start + length);
  }

  text(length: number): string {
    return Buffer.from(this.take(length)).toString("utf8");
  }

  /** The text up to the next line feed, which is stepped over. */
  line(): string {
    const end = this.#bytes.indexOf(10, this.position);
    const line = this.text((end < 0 ? this.#bytes.length : end) - this.position);
    this.#step(1);
    return line;
  }

  uint8(): number {
    return this.#view.getUint8(this.#step(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#step(2), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#step(4), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#step(4), true);
  }

  /** Rounded beyond 2^53: as a length it is then too long in any case. */
  uint64(): number {
    return Number(this.#view.getBigUint64(this.#step(8), true));
  }

  bigEndianFloat64(): number {
    return this.#view.getFloat64(this.#step(8), false);
  }
}
