// Processes: the processes that train one model together, as each of them sees the others.

/**
 * What processes that train together tell each other. Every process makes the same calls in the same order; a call ends when
 * all have made it.
 */
export interface Processes {
  /** This process, from 0. Rank 0 reports and saves. */
  readonly rank: number;
  /** How many there are. */
  readonly size: number;
  /** Replaces each element by its sum over all processes. */
  sum(values: Float32Array | Float64Array): Promise<void>;
  /** The bytes that the process `from` gives; what the others give is ignored. */
  broadcast(bytes: Uint8Array | undefined, from: number): Promise<Uint8Array>;
  /** The bytes of every process, by rank. */
  gather(bytes: Uint8Array): Promise<Uint8Array[]>;
  /** Waits for all. */
  barrier(): Promise<void>;
  /** Ends all processes at once, with this exit code. */
  abort(code: number): void;
  /** The last call. */
  finish(): void;
}

/** One process, which has nobody to talk to. */
export const alone: Processes = {
  rank: 0,
  size: 1,
  sum: async () => undefined,
  broadcast: async (bytes) => bytes ?? new Uint8Array(),
  gather: async (bytes) => [bytes],
  barrier: async () => undefined,
  abort: (code) => process.exit(code),
  finish: () => undefined,
};
