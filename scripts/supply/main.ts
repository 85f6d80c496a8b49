// npm run supply: licences, install scripts and known advisories of what comes along, and its list in CycloneDX's format.
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { grouped } from "../../src/base/grouped.js";
import { table } from "../../src/cli/output.js";
import { comesAlong, problemsOf } from "./check.js";

const npm = (...args: string[]): Promise<{ stdout: string }> =>
  promisify(execFile)("npm", args, { maxBuffer: 2 ** 26, shell: process.platform === "win32" });

/** Where the list is written. */
const list = "dist/sbom.cdx.json";

async function writeList(): Promise<number> {
  const args = ["--sbom-format", "cyclonedx", "--omit", "dev", "--package-lock-only"];
  const bom = JSON.parse((await npm("sbom", ...args)).stdout);
  // npm calls the project as its folder is called.
  bom.metadata.component.name = JSON.parse(readFileSync("package.json", "utf8")).name;
  writeFileSync(list, `${JSON.stringify(bom, null, 2)}\n`);
  return bom.components.length;
}

/** Advisories, a sentence each; or why the registry was not asked. */
async function advisories(): Promise<{ found: string[]; unasked?: string }> {
  // npm audit ends with 1 where it finds something, and prints all the same.
  const { stdout } = await npm("audit", "--omit", "dev", "--json").catch((error) => error);
  const told = JSON.parse(stdout || "{}");
  if (told.vulnerabilities === undefined) return { found: [], unasked: told.message ?? "no answer" };
  const found = Object.values<{ name: string; severity: string; range: string }>(told.vulnerabilities);
  return { found: found.map(({ name, severity, range }) => `${name} ${range}: ${severity}`) };
}

const along = comesAlong(JSON.parse(readFileSync("package-lock.json", "utf8")));
const byLicence = [...grouped(along, ([, { license }]) => license ?? "none")].sort(
  (a, b) => b[1].length - a[1].length,
);
console.log(
  table(
    [["licence"], ["packages", "right"]],
    byLicence.map(([licence, of]) => [licence, String(of.length)]),
  ),
);
console.log(`\n${await writeList()} packages are listed in ${list} (CycloneDX 1.5)`);
const { found, unasked } = await advisories();
console.log(
  unasked === undefined ? `${found.length} known advisories` : `Advisories were not checked: ${unasked}`,
);
const problems = [...problemsOf("."), ...found];
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
