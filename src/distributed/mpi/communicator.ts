// Communicator: what the processes of one MPI run tell each other.
import { setImmediate, setTimeout } from "node:timers/promises";
import type { Processes } from "../processes.js";
import type { MpiLibrary } from "./library.js";

/** A transfer under way. */
export interface Transfer {
  /** Whether it is done; also lets MPI move data. */
  test(): boolean;
  /** Blocks this thread until it is done. */
  wait(): void;
}

/** The most bytes of one transfer: MPI counts elements in 31 bits, and small pieces overlap better. */
const PIECE = 1 << 26;

/** Polls without a pause at first, since most transfers are short, then each millisecond. */
async function done(transfers: readonly Transfer[]): Promise<void> {
  for (const transfer of transfers) {
    for (let polls = 0; !transfer.test(); polls++) await (polls < 50 ? setImmediate() : setTimeout(1));
  }
}

/** Memory that MPI may write to between two calls: outside V8's heap, where nothing moves. */
const outside = (bytes: number): ArrayBuffer => new ArrayBuffer(Math.max(bytes, 64));

function numberOf(library: MpiLibrary, name: string): number {
  const answer = new Int32Array(outside(4));
  library.call(name, [library.handle, "void *"], library.world, answer);
  return answer[0];
}

export class Communicator implements Processes {
  readonly rank: number;
  readonly size: number;

  /** @param library started with `startMpi` in this process, whichever thread did so */
  constructor(private readonly library: MpiLibrary) {
    this.rank = numberOf(library, "MPI_Comm_rank");
    this.size = numberOf(library, "MPI_Comm_size");
  }

  /**
   * Begins to replace each element by its sum over all processes. Every process calls it with arrays of the same lengths in the same
   * order. Neither read nor write the array before the transfer is done.
   */
  sumInPlace(values: Float32Array | Float64Array): Transfer {
    const { library } = this;
    const { handle } = library;
    const type = values instanceof Float32Array ? library.float32 : library.float64;
    // An array that is still in V8's heap moves out of it, to stay, when its buffer is asked for.
    if (values.buffer.byteLength === 0) return { test: () => true, wait: () => undefined };
    return this.begin((request) =>
      library.call(
        "MPI_Iallreduce",
        ["intptr_t", "void *", "int", handle, handle, handle, "void *"],
        library.inPlace,
        values,
        values.length,
        type,
        library.sum,
        library.world,
        request,
      ),
    );
  }

  async sum(values: Float32Array | Float64Array): Promise<void> {
    const piece = PIECE / values.BYTES_PER_ELEMENT;
    for (let at = 0; at < values.length; at += piece) {
      await done([this.sumInPlace(values.subarray(at, Math.min(at + piece, values.length)))]);
    }
  }

  async broadcast(bytes: Uint8Array | undefined, from: number): Promise<Uint8Array> {
    const length = new Float64Array(outside(8));
    if (this.rank === from) length[0] = bytes?.length ?? 0;
    await this.send(new Uint8Array(length.buffer), from);
    // MPI needs memory of its own: the caller's may be a view of something that others use.
    const all = new Uint8Array(outside(length[0])).subarray(0, length[0]);
    if (this.rank === from && bytes) all.set(bytes);
    for (let at = 0; at < all.length; at += PIECE) await this.send(all.subarray(at, at + PIECE), from);
    return all;
  }

  async gather(bytes: Uint8Array): Promise<Uint8Array[]> {
    const parts: Uint8Array[] = [];
    for (let from = 0; from < this.size; from++) {
      parts.push(await this.broadcast(from === this.rank ? bytes : undefined, from));
    }
    return parts;
  }

  async barrier(): Promise<void> {
    const { library } = this;
    await done([
      this.begin((request) =>
        library.call("MPI_Ibarrier", [library.handle, "void *"], library.world, request),
      ),
    ]);
  }

  abort(code: number): void {
    this.library.call("MPI_Abort", [this.library.handle, "int"], this.library.world, code);
  }

  finish(): void {
    this.library.call("MPI_Finalize", []);
  }

  private send(bytes: Uint8Array, from: number): Promise<void> {
    const { library } = this;
    const { handle } = library;
    return done([
      this.begin((request) =>
        library.call(
          "MPI_Ibcast",
          ["void *", "int", handle, "int", handle, "void *"],
          bytes,
          bytes.length,
          library.byte,
          from,
          library.world,
          request,
        ),
      ),
    ]);
  }

  private begin(call: (request: Uint8Array) => void): Transfer {
    const { library } = this;
    const request = new Uint8Array(outside(library.requestBytes));
    const flag = new Int32Array(outside(4));
    call(request);
    return {
      test: () => {
        library.call("MPI_Test", ["void *", "void *", "intptr_t"], request, flag, library.noStatus);
        return flag[0] !== 0;
      },
      wait: () => library.call("MPI_Wait", ["void *", "intptr_t"], request, library.noStatus),
    };
  }
}
