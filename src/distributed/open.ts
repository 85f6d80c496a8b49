// openProcesses: the processes that an MPI launcher started together with this one.
import { Communicator } from "./mpi/communicator.js";
import { launchedBy } from "./mpi/launch.js";
import { loadMpi, startMpi } from "./mpi/library.js";
import { alone, type Processes } from "./processes.js";

/**
 * Joins the processes that mpirun, mpiexec or srun started; without a launcher there is one process, and nothing is loaded.
 * Call it once.
 * @throws UserError if the launcher's library cannot be used
 */
export async function openProcesses(): Promise<Processes> {
  const family = launchedBy();
  if (family === undefined) return alone;
  const library = await loadMpi(family);
  startMpi(library);
  return new Communicator(library);
}
