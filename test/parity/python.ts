// Runs the Python sides.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Debian's own interpreter, which has its packages; another by an environment variable. */
const interpreter = process.env.MULTIHOT_PYTHON ?? "/usr/bin/python3";

/** Python files are run where they stand in the source tree, which lies beside `dist`. */
const scripts = fileURLToPath(new URL("../../../test/parity/", import.meta.url));

function run(args: readonly string[]): Promise<{ code: number | null; errors: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(interpreter, ["-B", ...args], { cwd: scripts, stdio: ["ignore", "ignore", "pipe"] });
    let errors = "";
    child.stderr.on("data", (text) => {
      errors += text;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, errors }));
  });
}

/** Runs a script of this folder. @throws Error with what it wrote on its standard error if it fails */
export async function python(script: string, ...args: readonly (string | number)[]): Promise<void> {
  const { code, errors } = await run([script, ...args.map(String)]);
  if (code !== 0) throw new Error(`${script} ${args.join(" ")} failed:\n${errors.trim()}`);
}

/** A sentence that says why a package can't be used; undefined where it can. */
export async function missing(packageName: string): Promise<string | undefined> {
  const how = `(Debian: apt-get install python3-${packageName}; another interpreter: MULTIHOT_PYTHON)`;
  try {
    const { code } = await run(["-c", `import ${packageName}`]);
    return code === 0 ? undefined : `${interpreter} has no package ${packageName} ${how}.`;
  } catch {
    return `There is no ${interpreter} ${how}.`;
  }
}
