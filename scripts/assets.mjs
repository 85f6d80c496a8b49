// Copies what tsc leaves out: the files of pages go from src/ to dist/src/ as they are.
import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";

for (const file of readdirSync("src", { recursive: true }).map(String)) {
  if (/\.(html|css|js|svg)$/.test(file)) cpSync(join("src", file), join("dist/src", file));
}
