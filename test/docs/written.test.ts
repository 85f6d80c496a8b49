// What the documentation says is there is there: commands and their options, names, types, files, links.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createProgram } from "../../src/cli/program.js";
import * as library from "../../src/index.js";
import { typeCheck } from "../support/types.js";
import { type Command, commandsOf, refusal, shells } from "./commands.js";
import { type Code, pages, project, readPage } from "./pages.js";
import { placeholders } from "./placeholders.js";

const all = pages();
const code = all.flatMap((page) => page.code);
const scripts: Record<string, string> = JSON.parse(
  readFileSync(join(project, "package.json"), "utf8"),
).scripts;

/** Programs that are not ours: what is said to them is not checked. */
const others = [
  "apt-get",
  "brew",
  "cd",
  "conda",
  "curl",
  "dnf",
  "docker",
  "esbuild",
  "export",
  "g++",
  "mkdir",
  "pacman",
  "pip",
  "python3",
];
/** Options of other programs of which a sentence speaks. */
const othersOptions = ["--ignore-scripts", "--omit"];

/** What is wrong with a command; nothing if it is right. */
async function problemOf({ words: [name, ...rest] }: Command): Promise<string | undefined> {
  if (name === "multihot") return refusal(rest);
  if (name === "npm") {
    const script = rest[0] === "run" ? rest[1] : rest[0] === "test" ? "test" : undefined;
    const missing = script !== undefined && scripts[script] === undefined;
    return missing ? `package.json has no script ${script}` : undefined;
  }
  if (name === "node") {
    const source = rest[0].replace(/^dist\//, "").replace(/\.js$/, ".ts");
    const there = existsSync(join(project, rest[0].startsWith("dist/") ? source : rest[0]));
    return there ? undefined : `there is no ${source}`;
  }
  if (others.includes(name)) return undefined;
  return `${name} is no program that the documentation's test knows: correct it, or list it in test/docs/written.test.ts`;
}

const options = createProgram().commands.flatMap((command) => command.options.map(({ long }) => long));
const names = createProgram().commands.map((command) => command.name());

/** What is wrong with code in a sentence: it may leave out what the command would want. */
async function problemInSentence({ text }: Code): Promise<string | undefined> {
  const words = text.split(/\s+/);
  if (words[0] === "npx") words.shift();
  const unknown = words
    .filter((word) => word.startsWith("--") && (words[0] === "multihot" || words[0] === word))
    .map((word) => word.replace(/[^\w-].*/s, ""))
    .filter((word) => word.length > 2 && word !== "--help" && word !== "--version")
    .find((word) => !options.includes(word) && !othersOptions.includes(word));
  if (unknown) return `no command has an option ${unknown}`;
  if (words[0] === "multihot" && words[1] && /^[a-z]/.test(words[1]))
    return names.includes(words[1]) ? undefined : `there is no command ${words[1]}`;
  if ((words[0] === "npm" || words[0] === "node") && words.length > 1)
    return problemOf({ page: "", line: 0, words });
}

function report(found: readonly { page: string; line: number; problem: string | undefined }[]): void {
  const told = found
    .filter(({ problem }) => problem !== undefined)
    .map(({ page, line, problem }) => `${page}:${line}: ${problem}`);
  assert.equal(told.join("\n"), "");
}

test("every command of a snippet is one that the program takes", async () => {
  const commands = code.filter(({ language }) => shells.includes(language)).flatMap(commandsOf);
  assert.ok(commands.length > 10);
  report(await Promise.all(commands.map(async (each) => ({ ...each, problem: await problemOf(each) }))));
});

test("commands, options and scripts in sentences are there", async () => {
  const inSentences = code.filter(({ language }) => language === undefined);
  report(
    await Promise.all(inSentences.map(async (each) => ({ ...each, problem: await problemInSentence(each) }))),
  );
});

test("every function that a sentence calls is exported, or made by a snippet of its page", () => {
  const exported = new Set(Object.keys(library));
  const made = new Set(
    code.flatMap(({ page, text }) =>
      [...text.matchAll(/\b(?:def|function) (\w+)/g)].map(([, name]) => `${page} ${name}`),
    ),
  );
  const called = code
    .filter(({ language, page }) => language === undefined && page.startsWith("docs/"))
    .flatMap((each) => {
      const name = /^(?:await )?(?!import\b)([a-z]\w*)\(/.exec(each.text)?.[1];
      return name
        ? [
            {
              ...each,
              problem:
                exported.has(name) || made.has(`${each.page} ${name}`)
                  ? undefined
                  : `multihot exports no ${name}`,
            },
          ]
        : [];
    });
  report(called);
});

test("every snippet of TypeScript holds, strictly, in a project that depends on the package", async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "multihot-docs-")));
  try {
    await mkdir(join(folder, "node_modules", "@types"), { recursive: true });
    await symlink(project, join(folder, "node_modules", "multihot"), "junction");
    for (const name of ["express", "@types/express", "@types/node"])
      await symlink(join(project, "node_modules", name), join(folder, "node_modules", name), "junction");
    await writeFile(join(folder, "package.json"), '{ "name": "reader", "type": "module" }\n');
    await writeFile(join(folder, "placeholders.d.ts"), placeholders.types);
    const snippets = code.filter(({ language }) => language === "ts" || language === "typescript");
    const files = await Promise.all(
      snippets.map(async ({ page, line, text }) => {
        // Where the compiler sees line 45 the page has line 45.
        const file = `${page}.${line}.ts`;
        await mkdir(join(folder, file, ".."), { recursive: true });
        await writeFile(join(folder, file), `${"\n".repeat(line - 1)}${text}\nexport {};\n`);
        return file;
      }),
    );
    const told = await typeCheck(folder, ["placeholders.d.ts", ...files], { module: "bundler" });
    assert.equal(told.replaceAll(/\.md\.\d+\.ts\((\d+),\d+\)/g, ".md:$1"), "");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("links lead to files and headings that are there", () => {
  const anchors = new Map(all.map(({ file, anchors }) => [file, anchors]));
  report(
    all
      .flatMap(({ links }) => links)
      .map(({ target, ...link }) => {
        if (target === undefined) return { ...link, problem: undefined };
        if (!existsSync(join(project, target.file)))
          return { ...link, problem: `there is no ${target.file}` };
        const there = target.anchor === "" || (anchors.get(target.file)?.has(target.anchor) ?? true);
        return { ...link, problem: there ? undefined : `${target.file} has no heading #${target.anchor}` };
      }),
  );
});

test("every page can be reached from the README", () => {
  const reached = new Set<string>();
  const visit = (file: string) => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const { target } of all.find((page) => page.file === file)?.links ?? [])
      if (target) visit(target.file);
  };
  visit("README.md");
  assert.deepEqual(
    all.map(({ file }) => file).filter((file) => !reached.has(file)),
    [],
  );
});

test("mistakes in a page are found, with their line", async () => {
  const page = readPage(
    "page.md",
    "# Head\n\n```sh\nmultihot predict run/bundle\n\nnpx multihot train a.csv --out run \\\n  --epoch 3   # more\n```\n\n`--no-such`",
  );
  const commands = page.code.filter(({ language }) => language === "sh").flatMap(commandsOf);
  assert.deepEqual(
    commands.map(({ line, words }) => [line, words.length]),
    [
      [4, 3],
      [6, 7],
    ],
  );
  assert.match((await problemOf(commands[0])) ?? "", /image.* is missing/i);
  assert.match((await problemOf(commands[1])) ?? "", /no option --epoch.*--epochs/s);
  const sentence = page.code.find(({ language }) => language === undefined);
  assert.ok(sentence);
  assert.equal(sentence.line, 10);
  assert.match((await problemInSentence(sentence)) ?? "", /--no-such/);
});
