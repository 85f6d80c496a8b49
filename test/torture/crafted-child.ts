// One crafted file in a process of its own: NUMBER. Prints what became of it, the seconds and the MB that it took.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../src/base/errors.js";
import { crafted } from "./crafted.js";

const folder = mkdtempSync(join(tmpdir(), "multihot-crafted-"));
const before = process.resourceUsage().maxRSS;
const start = process.cpuUsage();
let error: string | undefined;
let letters = 0;
try {
  const found = await crafted[Number(process.argv[2])].run(folder);
  letters = JSON.stringify(found)?.length ?? 0;
} catch (thrown) {
  letters = String(thrown).length;
  if (!(thrown instanceof UserError)) error = String((thrown as Error)?.stack ?? thrown).slice(0, 600);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const { user, system } = process.cpuUsage(start);
const megabytes = (process.resourceUsage().maxRSS - before) / 1024;
process.stdout.write(JSON.stringify({ error, letters, seconds: (user + system) / 1e6, megabytes }));
