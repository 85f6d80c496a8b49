// The package as a user gets it: packed by npm, and installed in an empty project.
import { execFile } from "node:child_process";
import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
export const project = fileURLToPath(new URL("../../..", import.meta.url));

/** How npm is called by a test that npm runs itself: without what the outer npm says in the environment. */
export async function npm(
  args: readonly string[],
  cwd: string,
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(package|lifecycle|config_local)/.test(name)),
  );
  const env = { ...inherited, ...more };
  return (await run("npm", args, { cwd, env, shell: process.platform === "win32" })).stdout;
}

export interface Packed {
  /** The `.tgz` file. */
  tarball: string;
  /** Paths from the package's folder, with `/`. */
  files: string[];
  /** Bytes of the `.tgz` file, and of all files. */
  size: number;
  unpackedSize: number;
}

/** Packs the project, which has been built. */
export async function pack(folder: string): Promise<Packed> {
  const told = await npm(["pack", "--json", "--ignore-scripts", "--pack-destination", folder], project);
  const [{ filename, files, size, unpackedSize }] = Object.values(JSON.parse(told)) as {
    filename: string;
    files: { path: string }[];
    size: number;
    unpackedSize: number;
  }[];
  return { tarball: join(folder, filename), files: files.map(({ path }) => path), size, unpackedSize };
}

/**
 * Makes `folder` a project that depends on the package and on nothing else; neither koffi nor onnxruntime-web is
 * there.
 * @param how `"links"`: the package's own dependencies are links to those of this project, which needs no registry;
 *   `"npm"`: `npm install TARBALL`, as README says
 */
export async function install(folder: string, tarball: string, how: "links" | "npm"): Promise<void> {
  await writeFile(
    join(folder, "package.json"),
    '{ "name": "application", "private": true, "type": "module" }\n',
  );
  if (how === "npm") {
    // koffi comes along where it can, and may be missing.
    await npm(["install", tarball, "--ignore-scripts", "--no-audit", "--no-fund"], folder);
    for (const name of ["koffi", "@koromix"])
      await rm(join(folder, "node_modules", name), { recursive: true, force: true });
    return;
  }
  const modules = join(folder, "node_modules");
  const multihot = join(modules, "multihot");
  await mkdir(multihot, { recursive: true });
  await run("tar", ["-xzf", tarball, "-C", multihot, "--strip-components=1"]);
  const manifest = JSON.parse(await readFile(join(multihot, "package.json"), "utf8"));
  for (const name of [...Object.keys(manifest.dependencies), "onnxruntime-node"]) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(project, "node_modules", name), join(modules, name), "junction");
  }
}
