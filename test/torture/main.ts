// npm run torture -- [--minutes 10] [--seed N] [--only PART]: tries to break what the README promises, and prints one table.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { crafted } from "./crafted.js";
import { fullDisks, readOnlyDisks } from "./disks.js";
import { mostMegabytes, mostSeconds } from "./fuzz.js";
import { kills } from "./kills.js";
import { numbers } from "./numbers.js";
import { readers } from "./readers.js";
import { attackService } from "./service/attack-service.js";
import { type Row, tortureTable } from "./table.js";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: String(Date.now() % 1e9) },
    only: { type: "string", default: "" },
    crashes: { type: "string", default: join(tmpdir(), "multihot-crashes") },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
if (!(minutes > 0) || !Number.isSafeInteger(seed)) {
  console.error("--minutes wants a number above 0, and --seed a whole number.");
  process.exit(1);
}

/** What a program prints, and how it ended. */
function output(script: string, args: readonly string[]): Promise<{ code: number | null; text: string }> {
  return new Promise((resolve, reject) => {
    const path = fileURLToPath(new URL(script, import.meta.url));
    const child = spawn(process.execPath, [path, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    let errors = "";
    child.stdout.on("data", (piece) => {
      text += piece;
    });
    child.stderr.on("data", (piece) => {
      errors = (errors + piece).slice(-2000);
    });
    child.on("error", reject);
    child.on("close", (code, signal) =>
      resolve({ code, text: code === 0 ? text : `${signal ?? code}: ${errors}` }),
    );
  });
}

async function fuzzed(milliseconds: number): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), "multihot-torture-"));
  const names = (await readers(folder)).map(({ name }) => name);
  await rm(folder, { recursive: true, force: true });
  const rows: Row[] = [];
  for (const name of names) {
    const args = [name, String(seed), String(milliseconds / names.length), values.crashes];
    const { code, text } = await output("./fuzz-child.js", args);
    // A process that ended otherwise was broken by the last file that it read.
    rows.push(
      code === 0 ? JSON.parse(text) : { what: `reader of ${name}`, tried: 1, survived: 0, notes: [text] },
    );
  }
  return rows;
}

async function craftedFiles(): Promise<Row> {
  const notes: string[] = [];
  let [worstSeconds, worstMegabytes] = [0, 0];
  for (const [i, { name }] of crafted.entries()) {
    const { code, text } = await output("./crafted-child.js", [String(i)]);
    const { error, seconds, megabytes } =
      code === 0 ? JSON.parse(text) : { error: text, seconds: 0, megabytes: 0 };
    if (error !== undefined) notes.push(`${name}: ${error}`);
    worstSeconds = Math.max(worstSeconds, seconds);
    worstMegabytes = Math.max(worstMegabytes, megabytes);
  }
  const tried = crafted.length;
  return {
    what: "crafted files, up to 12 MB",
    tried,
    survived: tried - notes.length,
    worstSeconds,
    worstMegabytes,
    notes,
  };
}

async function powerCuts(): Promise<Row> {
  const { code, text } = await output("../../src/training/run/crashes.test.js", []);
  const operations = Number(/(\d+) operations/.exec(text)?.[1] ?? 1);
  return {
    what: "power cut after each write of a run",
    tried: operations,
    survived: code === 0 ? operations : 0,
    notes: code === 0 ? [] : [text.slice(-1000)],
  };
}

/** The parts, each with its share of the time; those without one take what they need. */
const parts: readonly { name: string; share: number; run(milliseconds: number): Promise<Row | Row[]> }[] = [
  { name: "crafted", share: 0, run: craftedFiles },
  { name: "numbers", share: 0, run: numbers },
  { name: "disks", share: 0, run: async () => [await fullDisks(), await readOnlyDisks()] },
  { name: "power", share: 0, run: powerCuts },
  { name: "kills", share: 0.25, run: (milliseconds) => kills(seed, milliseconds) },
  { name: "service", share: 0.25, run: (milliseconds) => attackService({ seconds: milliseconds / 1000 }) },
  { name: "readers", share: 0.5, run: fuzzed },
];

const rows: Row[] = [];
const start = performance.now();
const wanted = parts.filter(({ name }) => name.includes(values.only));
const shares = wanted.reduce((sum, { share }) => sum + share, 0);
let given = 0;
for (const { name, share, run } of wanted) {
  const left = Math.max(minutes * 60_000 - (performance.now() - start), 20_000);
  console.error(`${name} …`);
  const found = await run(share === 0 ? 0 : (left * share) / (shares - given));
  given += share;
  rows.push(...[found].flat());
}
console.log(tortureTable(rows));
const lost = rows.reduce((sum, { tried, survived }) => sum + tried - survived, 0);
const tried = rows.reduce((sum, row) => sum + row.tried, 0);
console.log(
  `\n${tried.toLocaleString("en-US")} tries, ${lost} not survived, in ${((performance.now() - start) / 60_000).toFixed(1)} minutes, seed ${seed}. ` +
    `Of a file of 1 MB a reader may make ${mostSeconds} s and ${mostMegabytes} MB.` +
    (lost > 0 ? ` Files that broke readers are in ${values.crashes}.` : ""),
);
const passed = ({ tried, survived, share, leastShare }: Row) =>
  leastShare === undefined || share === undefined ? survived === tried : share >= leastShare;
process.exitCode = rows.every(passed) ? 0 : 1;
