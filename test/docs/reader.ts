// A reader who types what a page says, in a folder of their own.
//
// Pages speak of the reader's pictures, and of runs that take long. So that their commands can be run as they stand:
// - A file that a page takes for granted is put there, by its name's end: a labels file of drawn pictures, a picture,
//   a bundle; a name without an end is a folder of pictures with their labels file.
// - `sample`, `train`, `find-lr` and `bench` get options behind their own that make them small: the last of one name counts.
// - `serve` takes a free port and is told to stop once it answers.
// - `export --format onnx-int8` is forced: quantised after so little training, a network may lose any quality.
// - A command with a word in capitals (`RUN`) or `…` stands for many and is not run; nor are programs other than ours.
import { existsSync } from "node:fs";
import { cp, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { transform } from "esbuild";
import { readDataset } from "../../src/index.js";
import { multihot, type Outcome, run } from "../support/run.js";
import type { Command } from "./commands.js";
import { type Code, project } from "./pages.js";
import { placeholders } from "./placeholders.js";

const small: Record<string, readonly string[]> = {
  sample: ["--images", "40", "--size", "32"],
  bench: "--backbone resnet18 --size 32 --batch 2 --rounds 1 --steps 1 --rows inference".split(" "),
  "find-lr": [
    ..."--backbone resnet10-small --weights none --size 32 --batch 8 --threads 1 --workers 1".split(" "),
  ],
  train: [
    ..."--backbone resnet10-small --weights none --size 32 --batch 8 --epochs 1 --threads 1 --workers 1".split(
      " ",
    ),
  ],
};

/** Runs and pictures that every reader has at hand: made once, in a folder for all. */
export class Kit {
  private made: Promise<void> | undefined;
  constructor(readonly folder: string) {}

  ready(): Promise<void> {
    this.made ??= this.make();
    return this.made;
  }

  private async make(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await succeeded(multihot(["sample", ".", ...small.sample], { cwd: this.folder }));
    await succeeded(multihot(["train", "labels.csv", "--out", "run", ...small.train], { cwd: this.folder }));
    await cp(join(this.folder, "images", "0001.jpg"), join(this.folder, "picture.jpg"));
  }
}

export class Reader {
  constructor(
    readonly folder: string,
    private readonly kit: Kit,
  ) {}

  async begin(): Promise<void> {
    await mkdir(join(this.folder, "node_modules"), { recursive: true });
    await symlink(project, join(this.folder, "node_modules", "multihot"), "junction");
    await writeFile(join(this.folder, "package.json"), '{ "name": "reader", "type": "module" }\n');
    await writeFile(join(this.folder, "placeholders.js"), placeholders.values);
  }

  /** Types a command. @throws Error with what it said if it failed */
  async type({ words }: Command): Promise<void> {
    const [program, name, ...rest] = words;
    if (program !== "multihot" || words.some((word) => /^[A-Z]+$|…/.test(word))) return;
    const out = optionOf(rest, "--out");
    const written = [out, optionOf(rest, "--fix")];
    for (const word of rest)
      if (!written.includes(word) && !word.startsWith("-")) await this.provide(name, word, rest);
    const args = [name, ...rest.filter((word) => word !== ">"), ...(small[name] ?? [])];
    // A page shows several ways to make one thing.
    if (out !== undefined && !rest.includes("--resume"))
      await rm(join(this.folder, out), { recursive: true, force: true });
    if (args.includes("onnx-int8")) args.push("--force");
    if (name === "serve") return this.serve([...args, "--port", "0"]);
    await succeeded(multihot(args, { cwd: this.folder }));
  }

  private async serve(args: string[]): Promise<void> {
    let told = "";
    await succeeded(
      multihot(args, {
        cwd: this.folder,
        started: (child) =>
          child.stdout?.on("data", (text) => {
            told += text;
            const address = /http:\/\/\S+/.exec(told)?.[0];
            if (!address) return;
            told = "";
            fetch(new URL("/health", address)).finally(() => child.kill("SIGTERM"));
          }),
      }),
    );
  }

  /** Runs a snippet of TypeScript in Node. @throws Error with what it said if it failed */
  async execute({ text, line }: Code): Promise<void> {
    if (placeholders.ofBrowsers.test(text) || placeholders.ofServers.test(text)) return;
    for (const [, name] of text.matchAll(/"([^"\n]+\.\w+|[^"\n]+\/bundle)"/g))
      await this.provide("", name, []);
    // Weights that would have to be downloaded: others do as well.
    const { code } = await transform(text.replaceAll('"imagenet"', '"none"'), {
      loader: "ts",
      format: "esm",
    });
    const script = join(this.folder, `line-${line}.js`);
    await writeFile(script, `import "./placeholders.js";\n${code}`);
    await succeeded(run(script, [], { cwd: this.folder }));
  }

  /** Reads an example of a data set. @throws UserError with what is wrong in it */
  async read({ text, line, language }: Code): Promise<void> {
    const folder = join(this.folder, `line-${line}`);
    const isList = text.startsWith('{"file_name"');
    const file = join(folder, isList ? "metadata.jsonl" : `labels.${language}`);
    await this.kit.ready();
    await mkdir(folder, { recursive: true });
    await writeFile(file, text);
    for (const [path] of text.matchAll(/[\w/-]+\.jpg/g)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await cp(join(this.kit.folder, "picture.jpg"), join(folder, path));
    }
    const { pictures } = await readDataset(isList ? folder : file);
    if (pictures.length === 0) throw new Error("no picture was read");
  }

  /** Puts a file there that a page takes for granted. */
  private async provide(command: string, name: string, rest: readonly string[]): Promise<void> {
    const at = join(this.folder, name);
    if (existsSync(at) || existsSync(at.replace(/[/\\][^/\\]*\*.*$/, "/"))) return;
    const kit = this.kit.folder;
    if (/\.(csv|jpe?g|png)$/.test(name) || /\/bundle\/?$/.test(name) || name.endsWith("/"))
      await this.kit.ready();
    if (/\/bundle\/?$/.test(name)) {
      // A run lists its pictures, relative to itself.
      await cp(join(kit, "run"), dirname(at), { recursive: true });
      await cp(join(kit, "images"), join(dirname(at), "..", "images"), { recursive: true });
    } else if (name.endsWith(".csv")) await this.pictures(dirname(at), at);
    else if (/\.(jpe?g|png)$/.test(name)) {
      await mkdir(dirname(at), { recursive: true });
      await cp(join(kit, "picture.jpg"), at);
    } else if (name === rest[0] && command !== "sample" && !/\.\w+$/.test(name)) {
      await this.kit.ready();
      await this.pictures(at, join(at, "labels.csv"));
    } else if (command === "predict" && rest.indexOf(name) > 0 && !name.includes(".")) {
      await this.kit.ready();
      await cp(join(kit, "images"), at, { recursive: true });
    }
  }

  private async pictures(folder: string, labels: string): Promise<void> {
    await mkdir(folder, { recursive: true });
    await cp(join(this.kit.folder, "images"), join(folder, "images"), { recursive: true });
    await cp(join(this.kit.folder, "labels.csv"), labels);
  }
}

function optionOf(words: readonly string[], option: string): string | undefined {
  const at = words.indexOf(option);
  return at < 0 ? undefined : words[at + 1];
}

async function succeeded(running: Promise<Outcome>): Promise<string> {
  const { code, stdout, stderr } = await running;
  if (code !== 0) throw new Error(`exit code ${code}: ${(stderr || stdout).trim()}`);
  return stdout;
}
