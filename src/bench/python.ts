// Python, for what is held against PyTorch.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Debian's own interpreter, which has its packages; another by an environment variable. */
const interpreter = process.env.MULTIHOT_PYTHON ?? "/usr/bin/python3";

/** Python files are run where they stand in the source tree, which lies beside `dist`. */
const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Starts a script of this project, told by its path from the project's root. */
export function startPython(
  script: string,
  args: readonly (string | number)[],
  environment: Readonly<Record<string, string>> = {},
): ChildProcessWithoutNullStreams {
  const env = { ...process.env, ...environment };
  return spawn(interpreter, ["-B", `${root}${script}`, ...args.map(String)], { env });
}

/**
 * What PyTorch is fastest with on a CPU, and few set: glibc keeps big blocks instead of giving them back to the system
 * after every tensor, to be faulted in again, and OpenMP's threads do not spin beside each other's work.
 */
export const tuned: Readonly<Record<string, string>> = {
  MALLOC_MMAP_THRESHOLD_: String(2 ** 32),
  MALLOC_TRIM_THRESHOLD_: String(2 ** 33),
  MALLOC_TOP_PAD_: String(2 ** 26),
  OMP_WAIT_POLICY: "passive",
};

/** Runs a script to its end. @throws Error with what it wrote on its standard error if it fails */
export async function runPython(script: string, ...args: readonly (string | number)[]): Promise<void> {
  const { code, errors } = await ended(startPython(script, args));
  if (code !== 0) throw new Error(`${script} ${args.join(" ")} failed:\n${errors}`);
}

/** A sentence that says why a package can't be used; undefined where it can. */
export async function missingPackage(name: string): Promise<string | undefined> {
  const how = `(Debian: apt-get install python3-${name}; another interpreter: MULTIHOT_PYTHON)`;
  try {
    const { code } = await ended(spawn(interpreter, ["-c", `import ${name}`]));
    return code === 0 ? undefined : `${interpreter} has no package ${name} ${how}.`;
  } catch {
    return `There is no ${interpreter} ${how}.`;
  }
}

function ended(child: ChildProcessWithoutNullStreams): Promise<{ code: number | null; errors: string }> {
  return new Promise((resolve, reject) => {
    let errors = "";
    child.stdout.resume();
    child.stderr.on("data", (text) => {
      errors += text;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, errors: errors.trim() }));
  });
}
