// Outside truth: what the kernel's documentation says of memory.max, memory.current and memory.stat (cgroup v1 and v2).
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { freemem, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { freeMemory, leftInGroups } from "./free-memory.js";

const GiB = 2 ** 30;

async function groups(membership: string, files: Record<string, string>) {
  const root = await mkdtemp(join(tmpdir(), "multihot-groups-"));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), `${text}\n`);
  }
  return { membership, root };
}

test("what is left of a group is its limit less its use, and cached files count as free", async (context) => {
  const group = await groups("0::/app/job\n", {
    "memory.max": "max",
    "app/memory.max": `${8 * GiB}`,
    "app/memory.current": `${7 * GiB}`,
    "app/memory.stat": `anon 1\nactive_file 5\ninactive_file ${4 * GiB}\nslab 3`,
    "app/job/memory.max": "max",
    "app/job/memory.high": `${6 * GiB}`,
    "app/job/memory.current": `${2 * GiB}`,
    "app/job/memory.stat": "inactive_file 0",
  });
  context.after(() => rm(group.root, { recursive: true }));
  assert.equal(leftInGroups(group), 4 * GiB);
  assert.equal(freeMemory(group), Math.min(freemem(), 4 * GiB));
});

test("so it is in version 1, whose paths a container does not see, and whose missing limit is a huge number", async (context) => {
  const limits = async (limit: number) =>
    groups("11:cpu,cpuacct:/docker/abc\n9:memory:/docker/abc\n", {
      "memory/memory.limit_in_bytes": String(limit),
      "memory/memory.usage_in_bytes": `${3 * GiB}`,
      "memory/memory.stat": `inactive_file 7\ntotal_inactive_file ${GiB}`,
    });
  const [limited, free] = [await limits(4 * GiB), await limits(2 ** 63 - 4096)];
  context.after(() => Promise.all([limited, free].map(({ root }) => rm(root, { recursive: true }))));
  assert.equal(leftInGroups(limited), 2 * GiB);
  assert.equal(leftInGroups(free), Infinity);
});

test("a group that uses more than its limit has nothing left", async (context) => {
  const group = await groups("0::/\n", { "memory.max": `${GiB}`, "memory.current": `${2 * GiB}` });
  context.after(() => rm(group.root, { recursive: true }));
  assert.equal(freeMemory(group), 0);
});
