// Launch: whether an MPI launcher started this process, and which MPI it speaks.

export type MpiFamily = "open-mpi" | "mpich";

/**
 * The family of the launcher that started this process; undefined if none did, so that nothing of MPI is loaded.
 *
 * Open MPI's mpirun sets OMPI_COMM_WORLD_SIZE, and `srun --mpi=pmix` sets PMIX_RANK for it. MPICH's and Intel's mpiexec, and
 * `srun --mpi=pmi2`, set PMI_SIZE or PMI_RANK.
 */
export function launchedBy(env: NodeJS.ProcessEnv = process.env): MpiFamily | undefined {
  if (env.OMPI_COMM_WORLD_SIZE !== undefined) return "open-mpi";
  if (env.PMI_SIZE !== undefined || env.PMI_RANK !== undefined) return "mpich";
  if (env.PMIX_RANK !== undefined) return "open-mpi";
  return undefined;
}
