// ZipBlocks: how a ZIP archive's bytes are read, in blocks: its directory is thousands of reads of 46 bytes, one after the other.
import type { FileHandle } from "node:fs/promises";
import { Readable } from "node:stream";
import { fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from "yauzl";
import { openRegular } from "../../base/regular-file.js";

/** Bytes of the directory, and of an entry, that are read at a time. */
const BLOCK = 2 ** 16;
const PIECE = 2 ** 20;

class ZipBlocks extends RandomAccessReader {
  private block = Buffer.alloc(0);
  private start = 0;

  constructor(private readonly file: FileHandle) {
    super();
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.pieces(start, end), { objectMode: false });
  }

  /** Not the handle's own stream, which closes the handle at its end. */
  private async *pieces(start: number, end: number): AsyncGenerator<Buffer> {
    for (let at = start; at < end; ) {
      const piece = Buffer.allocUnsafe(Math.min(PIECE, end - at));
      const { bytesRead } = await this.file.read(piece, 0, piece.length, at);
      if (bytesRead === 0) return;
      yield piece.subarray(0, bytesRead);
      at += bytesRead;
    }
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    this.fill(position, length).then(
      () => {
        const from = position - this.start;
        if (from + length > this.block.length) return callback(new Error("unexpected end of file"));
        this.block.copy(buffer, offset, from, from + length);
        callback(null);
      },
      (error: Error) => callback(error),
    );
  }

  override close(callback: (error: Error | null) => void): void {
    this.file.close().then(() => callback(null), callback);
  }

  /** Makes the block one that holds these bytes, as far as the file has them. */
  private async fill(position: number, length: number): Promise<void> {
    if (position >= this.start && position + length <= this.start + this.block.length) return;
    const block = Buffer.allocUnsafe(Math.max(BLOCK, length));
    const { bytesRead } = await this.file.read(block, 0, block.length, position);
    this.block = block.subarray(0, bytesRead);
    this.start = position;
  }
}

/** Opens a ZIP archive, which its `close` closes. */
export async function openZip(path: string): Promise<ZipFile> {
  const file = await openRegular(path);
  try {
    const { size } = await file.stat();
    return await fromRandomAccessReaderPromise(new ZipBlocks(file), size, { autoClose: false });
  } catch (error) {
    await file.close().catch(() => {});
    throw error;
  }
}
