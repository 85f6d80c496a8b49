// README's list of what can be relied on: every line is the title of a test.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

function promises(): string[] {
  const [, section = ""] = readFileSync("README.md", "utf8").split("## What you can rely on\n");
  const list = section.split("\n## ")[0];
  return [...list.matchAll(/^- ([\s\S]*?)\.$/gm)].map(([, line]) => line.replace(/\s+/g, " "));
}

test("each line of README's list is the title of a test", () => {
  const tests = ["src", "test"].flatMap((folder) =>
    readdirSync(folder, { recursive: true })
      .map((file) => join(folder, String(file)))
      .filter((file) => file.endsWith(".test.ts")),
  );
  const titles = new Set(
    tests.flatMap((file) =>
      [...readFileSync(file, "utf8").matchAll(/(?:test|describe)\(\s*"([^"]+)"/g)].map(([, title]) =>
        title.toLowerCase(),
      ),
    ),
  );
  const lines = promises();
  assert.ok(lines.length >= 10, `${lines.length} lines`);
  assert.deepEqual(
    lines.filter((line) => !titles.has(line.toLowerCase())),
    [],
  );
});
