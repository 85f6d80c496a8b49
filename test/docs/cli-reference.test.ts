// docs/reference/cli.md says what the program's help says now.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { cliReference } from "../../scripts/cli-reference.js";
import { project } from "./pages.js";

test("the reference of the command line is current", () => {
  const written = readFileSync(join(project, "docs/reference/cli.md"), "utf8");
  assert.equal(written, cliReference(), "Run npm run cli-reference, and commit docs/reference/cli.md.");
});
