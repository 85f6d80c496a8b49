// The supply chain's check finds what it is there to find, and nothing in the project as it is.
import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { allows, problemsOf } from "../scripts/supply/check.js";

const project = fileURLToPath(new URL("../../", import.meta.url));
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "multihot-supply-"));
});
after(() => rm(folder, { recursive: true, force: true }));

test("What comes along has allowed licences, no install script that is needed, and a reason", () => {
  assert.deepEqual(problemsOf(project), []);
});

test("expressions of licences", () => {
  for (const good of ["MIT", "(MIT OR GPL-3.0-only)", "Apache-2.0 AND LGPL-3.0-or-later"])
    assert.ok(allows(good), good);
  for (const bad of [undefined, "", "GPL-3.0-only", "MIT AND GPL-3.0-only", "UNLICENSED"])
    assert.ok(!allows(bad), bad);
});

test("each fault is found", async () => {
  for (const file of ["package.json", "README.md", "package-lock.json"])
    await cp(join(project, file), join(folder, file));
  await symlink(join(project, "node_modules"), join(folder, "node_modules"), "junction");
  const change = async (file: string, to: (json: Record<string, never>) => void) => {
    const text = await readFile(join(project, file), "utf8");
    const json = JSON.parse(text);
    to(json);
    await writeFile(join(folder, file), JSON.stringify(json));
    const problems = problemsOf(folder);
    await writeFile(join(folder, file), text);
    return problems.join("\n");
  };
  const locked = (to: (entry: Record<string, unknown>) => void) =>
    change("package-lock.json", ({ packages }) =>
      to((packages as Record<string, never>)["node_modules/yaml"]),
    );
  assert.match(
    await locked((entry) => Object.assign(entry, { license: "GPL-3.0-only" })),
    /yaml: its licence, GPL-3.0-only/,
  );
  assert.match(
    await locked((entry) => Object.assign(entry, { hasInstallScript: true })),
    /yaml has an install script/,
  );
  assert.match(await locked((entry) => Object.assign(entry, { version: "0.0.1" })), /yaml is installed as/);
  assert.match(await locked((entry) => delete entry.integrity), /yaml has no SHA-512/);
  const dependency = (json: { dependencies?: Record<string, string> }) =>
    Object.assign(json.dependencies ?? {}, { "left-pad": "^1.0.0" });
  assert.match(await change("package.json", dependency), /left-pad has no line in README/);
});
