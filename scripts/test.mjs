// Runs the compiled tests: `node scripts/test.mjs [part of a path …]`.
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
run({ files: files.map((file) => join(process.cwd(), file)), concurrency: 2 })
  .on("test:fail", () => {
    process.exitCode = 1;
  })
  .compose(spec)
  .pipe(process.stdout);
