// What the documentation says is done: page by page, its commands and its snippets, in their order. Without
// MULTIHOT_DOCS only the page that everybody begins with; with a part of its name, that page; with 1, all.
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Command, commandsOf, refusal, shells } from "./commands.js";
import { cpp, python } from "./languages.js";
import { type Code, type Page, pages } from "./pages.js";
import { Kit, Reader } from "./reader.js";

const part = process.env.MULTIHOT_DOCS ?? "docs/tutorial";
const wanted = ({ file }: Page) => part === "1" || file.includes(part);
const interpreter = process.env.MULTIHOT_PYTHON ?? "/usr/bin/python3";

describe("pages do what they say", { concurrency: 2 }, () => {
  let folder: string;
  let kit: Kit;

  before(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), "multihot-pages-")));
    kit = new Kit(join(folder, "kit"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  for (const { file, code } of pages().filter(wanted)) {
    test(file, async (t) => {
      const reader = new Reader(join(folder, file.replaceAll(/\W/g, "-")), kit);
      await reader.begin();
      const problems: string[] = [];
      const attempt = async (line: number, what: () => Promise<unknown>) => {
        try {
          await what();
        } catch (error) {
          problems.push(`${file}:${line}: ${(error as Error).message}`);
        }
      };
      for (const snippet of code) {
        const { language, line } = snippet;
        if (shells.includes(language))
          for (const command of commandsOf(snippet)) await attempt(command.line, () => reader.type(command));
        else if (language === undefined) {
          for (const command of commandsOf(snippet))
            if (await isWhole(command)) await attempt(line, () => reader.type(command));
        } else if (language === "ts") await attempt(line, () => reader.execute(snippet));
        else if (isData(snippet)) await attempt(line, () => reader.read(snippet));
        else if (language === "json") await attempt(line, async () => JSON.parse(snippet.text));
        else if (language === "python" || language === "cpp")
          await attempt(line, async () => {
            const untried =
              language === "cpp"
                ? await cpp(snippet, reader.folder)
                : await python(interpreter, snippet, reader.folder);
            if (untried) t.diagnostic(`${file}:${line} ${untried}`);
          });
      }
      if (problems.length > 0) throw new Error(problems.join("\n"));
    });
  }
});

/** Whether a snippet shows a data set. */
function isData({ language, page }: Code): boolean {
  return language === "csv" || (language === "json" && page === "docs/reference/data-formats.md");
}

/** Whether what a sentence or a table calls a command is one to its end: `multihot train` alone is a name. */
async function isWhole({ words: [program, name, ...rest] }: Command): Promise<boolean> {
  if (program !== "multihot" || (await refusal([name, ...rest])) !== undefined) return false;
  return !["train", "export", "convert"].includes(name) || rest.includes("--out");
}
