// Runs the compiled tests: `node scripts/test.mjs [part of a path …]`. Tests that are skipped are told at the end, with
// their reasons; those that lack what MULTIHOT_REQUIRED names (`onednn,data`) have failed: see test/support/needs.ts.
// (node --test takes globs only from Node 21 on, and we support 20.)
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";

const wanted = process.argv.slice(2);
const files = readdirSync("dist", { recursive: true })
  .map((file) => join("dist", String(file)))
  .filter((file) => file.endsWith(".test.js"))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort();
if (files.length === 0) {
  console.error(`No test file${wanted.length ? ` matches ${wanted.join(", ")}` : " in dist"}.`);
  process.exit(1);
}

/** By reason, how many tests. */
const skipped = new Map();
run({ files: files.map((file) => join(process.cwd(), file)), concurrency: 2 })
  .on("test:fail", () => {
    process.exitCode = 1;
  })
  .on("test:pass", ({ skip }) => {
    if (skip === undefined || skip === false) return;
    const reason = typeof skip === "string" && skip !== "" ? skip : "no reason is given";
    skipped.set(reason, (skipped.get(reason) ?? 0) + 1);
  })
  .compose(spec)
  .on("end", tellSkipped)
  .pipe(process.stdout);

function tellSkipped() {
  if (skipped.size === 0) return;
  const total = [...skipped.values()].reduce((sum, count) => sum + count);
  console.log(`\n\nSkipped: ${total} ${total === 1 ? "test or suite" : "tests or suites"}`);
  for (const [reason, count] of [...skipped].sort(([, a], [, b]) => b - a)) {
    console.log(`${String(count).padStart(5)}  ${reason}`);
  }
  const required = (process.env.MULTIHOT_REQUIRED ?? "").split(",");
  const missing = required.filter((need) => [...skipped.keys()].some((why) => why.startsWith(`${need}: `)));
  if (missing.length === 0) return;
  console.log(`\nMULTIHOT_REQUIRED says that tests have ${missing.join(", ")}: skipping these is a failure.`);
  process.exitCode = 1;
}
