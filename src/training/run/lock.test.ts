// Outside truth: processes that run, that have ended, and that were killed.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { FolderLock, LOCK } from "./lock.js";

const folderFor = async (context: { after(clean: () => Promise<void>): void }) => {
  const folder = await mkdtemp(join(tmpdir(), "multihot-lock-"));
  context.after(() => rm(folder, { recursive: true }));
  return folder;
};
const ownerOf = async (folder: string) => JSON.parse(await readFile(join(folder, LOCK), "utf8"));
const rewrite = async (folder: string, changed: object) =>
  writeFile(join(folder, LOCK), JSON.stringify({ ...(await ownerOf(folder)), ...changed }));

test("one holds a folder until it releases it", async (context) => {
  const folder = await folderFor(context);
  const lock = await FolderLock.take(folder);
  await assert.rejects(FolderLock.take(folder), (error: Error) => {
    assert.equal(error.name, "UserError");
    assert.match(error.message, new RegExp(`Another run is going on in .*process ${process.pid}.*--out`));
    return true;
  });
  await lock.release();
  assert.deepEqual(await readdir(folder), []);
  await (await FolderLock.take(folder)).release();
});

test("of many that try at once, one gets a stale lock", async (context) => {
  const folder = await folderFor(context);
  const lock = await FolderLock.take(folder);
  await rewrite(folder, { pid: spawnSync("true").pid, token: "another" });
  await lock.release();
  assert.ok(existsSync(join(folder, LOCK)));
  const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => FolderLock.take(folder)));
  const taken = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  const holding = await Promise.allSettled(taken.map((each) => each.assertHeld()));
  assert.equal(holding.filter(({ status }) => status === "fulfilled").length, 1);
  for (const each of taken) await each.release();
  assert.deepEqual(await readdir(folder), []);
});

test("the lock of a process that was killed, or whose number another one has, is taken over", async (context) => {
  const folder = await folderFor(context);
  const script = `
    import { FolderLock } from ${JSON.stringify(new URL("./lock.js", import.meta.url).href)};
    await FolderLock.take(${JSON.stringify(folder)});
    console.log("taken");
    setTimeout(() => {}, 60_000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script]);
  await new Promise((resolve) => child.stdout.once("data", resolve));
  await assert.rejects(FolderLock.take(folder), new RegExp(`process ${child.pid} of this machine`));
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
  await (await FolderLock.take(folder)).release();

  const lock = await FolderLock.take(folder);
  if ((await ownerOf(folder)).started === undefined) return context.diagnostic("starts are not known here");
  await rewrite(folder, { started: "0" });
  const second = await FolderLock.take(folder);
  await assert.rejects(lock.assertHeld(), /Another run has taken over .*This one stops here/);
  await lock.release();
  await second.assertHeld();
  await second.release();
});

test("of another machine a lock is stale when it has given no sign of life for long", async (context) => {
  const folder = await folderFor(context);
  const lock = await FolderLock.take(folder);
  await rewrite(folder, { machine: "other boot", host: "other" });
  await assert.rejects(FolderLock.take(folder), /on other; its last sign of life was 0 seconds ago/);
  const old = Date.now() / 1000 - 100;
  await utimes(join(folder, LOCK), old, old);
  const second = await FolderLock.take(folder);
  await lock.release();
  assert.ok(existsSync(join(folder, LOCK)), "it is no longer the first one's to remove");
  await second.release();
});

test("a lock that is not whole yet counts as taken, and later as stale", async (context) => {
  const folder = await folderFor(context);
  await writeFile(join(folder, LOCK), "");
  await assert.rejects(FolderLock.take(folder), /Another run is going on/);
  const old = Date.now() / 1000 - 100;
  await utimes(join(folder, LOCK), old, old);
  await (await FolderLock.take(folder)).release();
});
