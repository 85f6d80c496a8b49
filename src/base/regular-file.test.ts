// Whatever else than a file stands among files is refused at once, where a plain read would wait for ever.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { NotAFileError, openRegular, readRegular, readRegularSync } from "./regular-file.js";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "multihot-regular-"));
});
after(() => rm(folder, { recursive: true, force: true }));

const windows = process.platform === "win32" && "Windows has no FIFOs";

test("a FIFO and a device are refused, also behind a link", { skip: windows }, async () => {
  const fifo = join(folder, "fifo");
  execFileSync("mkfifo", [fifo]);
  await symlink(fifo, join(folder, "link"));
  for (const path of [fifo, join(folder, "link"), "/dev/zero"]) {
    await assert.rejects(readRegular(path), NotAFileError);
    await assert.rejects(openRegular(path), NotAFileError);
    assert.throws(() => readRegularSync(path), NotAFileError);
  }
  await assert.rejects(readRegular(fifo), {
    message: `${fifo} is a FIFO (named pipe); a regular file is wanted.`,
  });
});

test("a socket is refused", { skip: windows }, async () => {
  const path = join(folder, "socket");
  const server = createServer().listen(path);
  await new Promise((resolve) => server.once("listening", resolve));
  await assert.rejects(readRegular(path));
  server.close();
});

test("a file is read, and for a folder and for nothing the system's own error stays", async () => {
  await writeFile(join(folder, "a"), "content");
  assert.equal(String(await readRegular(join(folder, "a"))), "content");
  assert.equal(String(readRegularSync(join(folder, "a"))), "content");
  await assert.rejects(readRegular(folder), { code: "EISDIR" });
  await assert.rejects(readRegular(join(folder, "none")), { code: "ENOENT" });
});
