// Library: MPI's C functions, called through koffi, and the handles by which each family names its constants.
import { UserError } from "../../base/errors.js";
import { libraryCandidates } from "../../base/shared-libraries.js";
import type { MpiFamily } from "./launch.js";

/** A communicator, data type, operation or request: an address for Open MPI, a number for MPICH. */
type Handle = bigint | number;

/** What MPI takes for memory: ours, or one of its special addresses. */
type Memory = ArrayBufferView | number | null;

/** The library of a family as systems name it. */
const names: Record<MpiFamily, RegExp> = {
  "open-mpi": /^libmpi\.(so\.(40|80)|40\.dylib|80\.dylib|dylib)$/,
  mpich: /^libmpi(ch)?\.(so\.12|12\.dylib)$/,
};

const packages: Record<MpiFamily, string> = { "open-mpi": "openmpi-bin", mpich: "mpich" };

/** MPI_SUCCESS. */
const SUCCESS = 0;

/** MPI_THREAD_SERIALIZED: any thread may call, one at a time. */
const SERIALIZED = 2;

export interface MpiLibrary {
  readonly path: string;
  /** MPI_COMM_WORLD, MPI_FLOAT, MPI_DOUBLE, MPI_BYTE and MPI_SUM. */
  readonly world: Handle;
  readonly float32: Handle;
  readonly float64: Handle;
  readonly byte: Handle;
  readonly sum: Handle;
  /** MPI_IN_PLACE and MPI_STATUS_IGNORE, which are addresses. */
  readonly inPlace: number;
  readonly noStatus: number;
  /** Bytes of a request's handle. */
  readonly requestBytes: number;
  /** Calls a function that returns a status. @throws Error if that is not success */
  call(name: string, types: readonly string[], ...values: readonly (Memory | Handle)[]): void;
  /** The C type of a handle, for `call`. */
  readonly handle: string;
}

/**
 * Loads the library of the MPI that started this process.
 * @throws UserError if koffi or the library is missing
 */
export async function loadMpi(family: MpiFamily): Promise<MpiLibrary> {
  const { default: koffi } = await import("koffi").catch(() => {
    throw new UserError(
      "An MPI launcher started multihot, but the package koffi, which calls MPI, is not installed: npm install koffi.",
    );
  });
  const [path] = libraryCandidates(names[family], "MULTIHOT_MPI");
  if (path === undefined) {
    throw new UserError(
      `An MPI launcher started multihot, but its library was not found. Install it (Debian: apt-get install ${packages[family]}), ` +
        "or set MULTIHOT_MPI to its file.",
    );
  }
  // Open MPI loads parts of itself that look for its symbols among the global ones.
  const [now, global, noDelete] = process.platform === "darwin" ? [0x2, 0x8, 0x80] : [0x2, 0x100, 0x1000];
  koffi.load(null).func("dlopen", "void *", ["str", "int"])(path, now | global | noDelete);
  const library = koffi.load(path);
  const open = family === "open-mpi";
  const handle = open ? "uintptr_t" : "int";
  const functions = new Map<string, (...values: unknown[]) => number>();
  const constant = (name: string, number: number): Handle =>
    open ? koffi.address(library.symbol(name, "char")) : number;
  return {
    path,
    handle,
    // MPICH numbers its handles; the numbers are part of the ABI that MPICH, Intel MPI and MVAPICH share.
    world: constant("ompi_mpi_comm_world", 0x44000000),
    float32: constant("ompi_mpi_float", 0x4c00040a),
    float64: constant("ompi_mpi_double", 0x4c00080b),
    byte: constant("ompi_mpi_byte", 0x4c00010d),
    sum: constant("ompi_mpi_op_sum", 0x58000003),
    inPlace: open ? 1 : -1,
    noStatus: open ? 0 : 1,
    requestBytes: open ? 8 : 4,
    call(name, types, ...values) {
      let run = functions.get(name);
      if (run === undefined) {
        run = library.func(name, "int", [...types]);
        functions.set(name, run);
      }
      const status = run(...values);
      if (status !== SUCCESS) throw new Error(`${name} failed with status ${status}.`);
    },
  };
}

/** Starts MPI in this process. @throws Error if it allows calls from its first thread only */
export function startMpi(library: MpiLibrary): void {
  const provided = new Int32Array(new ArrayBuffer(64));
  library.call("MPI_Init_thread", ["void *", "void *", "int", "void *"], null, null, SERIALIZED, provided);
  if (provided[0] < SERIALIZED) {
    throw new Error(
      `${library.path} allows MPI calls from its first thread only; multihot calls it from others.`,
    );
  }
}
