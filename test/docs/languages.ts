// Snippets in other languages: run or compiled where what they need is there, else at least read.
import { spawn } from "node:child_process";
import type { Code } from "./pages.js";

/**
 * Runs a snippet of Python in `folder`.
 * @returns what was not tried, and why
 * @throws Error with what Python said
 */
export async function python(
  interpreter: string,
  { text }: Code,
  folder: string,
): Promise<string | undefined> {
  const unread = await failure(
    interpreter,
    ["-c", "import ast, sys; ast.parse(sys.stdin.read())"],
    folder,
    text,
  );
  if (unread !== undefined) throw new Error(unread);
  const modules = [...text.matchAll(/^(?:import|from) (\w+)/gm)].map(([, name]) => name);
  const missing = await failure(interpreter, ["-c", `import ${modules.join(", ")}`], folder, "");
  if (missing !== undefined) return `was read, not run: ${missing.split("\n").at(-1)}`;
  const failed = await failure(interpreter, ["-"], folder, text);
  if (failed !== undefined) throw new Error(failed);
}

/** Compiles a snippet of C++; headers are also looked for where CPATH says. Returns and throws as python does. */
export async function cpp({ text }: Code, folder: string): Promise<string | undefined> {
  const wrong = await failure(
    "g++",
    ["-std=c++17", "-Wall", "-Wextra", "-fsyntax-only", "-x", "c++", "-"],
    folder,
    text,
  );
  if (wrong === undefined) return;
  const missing = /[^ ]+: No such file or directory|ENOENT/.exec(wrong)?.[0];
  if (missing === undefined) throw new Error(wrong);
  return `was not compiled: ${missing}`;
}

/** What a program writes on its standard error if it fails. */
function failure(program: string, args: string[], cwd: string, input: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, stdio: ["pipe", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (text) => {
      said += text;
    });
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code) => resolve(code === 0 ? undefined : said.trim() || `exit code ${code}`));
    // One that ends before it has read everything.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}
