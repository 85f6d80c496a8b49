// Type-checks files as a project that depends on the package does, with this project's TypeScript.
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const project = fileURLToPath(new URL("../../..", import.meta.url));
const tsc = join(project, "node_modules", "typescript", "bin", "tsc");

/** @returns what the compiler says, `file.ts(line,column): error …`; nothing if all is well */
export async function typeCheck(
  folder: string,
  files: readonly string[],
  { module, skipLibCheck = true }: { module: "node16" | "bundler"; skipLibCheck?: boolean },
): Promise<string> {
  const config = join(folder, `tsconfig.${module}.json`);
  const compilerOptions = {
    module: module === "bundler" ? "esnext" : module,
    moduleResolution: module,
    target: "es2022",
    lib: ["es2023", "dom", "dom.iterable"],
    types: [],
    strict: true,
    noEmit: true,
    skipLibCheck,
  };
  await writeFile(config, JSON.stringify({ compilerOptions, files }));
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [tsc, "-p", config, "--pretty", "false"],
      { cwd: folder },
      (_, stdout, stderr) => resolve((stdout + stderr).trim()),
    );
  });
}
