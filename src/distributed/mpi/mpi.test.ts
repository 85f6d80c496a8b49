// Outside truth: what MPI's launchers and their processes do, for each family that is installed.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { promisify } from "node:util";
import { launchedBy } from "./launch.js";

const run = promisify(execFile);

test("a launcher is recognised by what it sets, and none where nothing is set", () => {
  assert.equal(launchedBy({}), undefined);
  assert.equal(launchedBy({ SLURM_NTASKS: "4" }), undefined);
  assert.equal(launchedBy({ OMPI_COMM_WORLD_SIZE: "2", PMIX_RANK: "0" }), "open-mpi");
  assert.equal(launchedBy({ PMI_RANK: "0", PMI_SIZE: "2" }), "mpich");
  assert.equal(launchedBy({ PMIX_RANK: "0" }), "open-mpi");
});

/** What each process does and prints: its rank, a sum, a broadcast, what all gathered. */
const program = `
import { openProcesses } from "./dist/src/distributed/open.js";
const processes = await openProcesses();
const { rank, size } = processes;
const values = Float32Array.from({ length: 300_000 }, (_, i) => rank + i % 7);
await processes.sum(values);
const exact = Float64Array.of(rank + 1);
await processes.sum(exact);
const told = await processes.broadcast(rank === 1 ? new TextEncoder().encode("from one") : undefined, 1);
const parts = await processes.gather(new Uint8Array(rank).fill(rank));
await processes.barrier();
console.log(JSON.stringify({ rank, size, values: [values[0], values[6], values[299_999]], exact: exact[0],
  told: new TextDecoder().decode(told), parts: parts.map((part) => [...part]) }));
processes.finish();
`;

for (const launcher of ["mpirun.openmpi", "mpirun.mpich"]) {
  const missing = !existsSync(`/usr/bin/${launcher}`) && `${launcher} is not installed`;
  test(`processes of ${launcher} sum, broadcast and gather`, { skip: missing }, async () => {
    const root = { OMPI_ALLOW_RUN_AS_ROOT: "1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1" };
    const args = ["-n", "3", process.execPath, "--input-type=module", "-e", program];
    const oversubscribe = launcher === "mpirun.openmpi" ? ["--oversubscribe"] : [];
    const env = { ...process.env, ...root };
    const { stdout } = await run(launcher, [...oversubscribe, ...args], { env, timeout: 120_000 });
    const said = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
      .sort((a, b) => a.rank - b.rank);
    const same = {
      size: 3,
      values: [3, 21, 3 + 3 * (299_999 % 7)],
      exact: 6,
      told: "from one",
      parts: [[], [1], [2, 2]],
    };
    assert.deepEqual(
      said,
      [0, 1, 2].map((rank) => ({ rank, ...same })),
    );
  });
}
