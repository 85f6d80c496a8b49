// The package in an empty project: it runs, has types, and holds what is needed and nothing else. Its dependencies
// are links, or, where MULTIHOT_REGISTRY is set, what `npm install` brings.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { build } from "esbuild";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import * as library from "../../src/index.js";
import { type Outcome, run } from "../support/run.js";
import { typeCheck } from "../support/types.js";
import { install, npm, type Packed, pack, project } from "./install.js";

describe("the package, installed", () => {
  let folder: string;
  let packed: Packed;

  before(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), "multihot-package-")));
    packed = await pack(folder);
    await install(folder, packed.tarball, process.env.MULTIHOT_REGISTRY ? "npm" : "links");
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const installed = (...path: string[]) => join(folder, "node_modules", "multihot", ...path);
  const multihot = (...args: string[]): Promise<Outcome> =>
    run(installed("dist", "src", "cli", "main.js"), args, { cwd: folder });
  const done = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await multihot(...args);
    assert.equal(code, 0, stderr);
    return stdout;
  };

  test("neither koffi nor onnxruntime-web is there", async () => {
    const there = await readdir(join(folder, "node_modules"));
    assert.ok(there.includes("onnxruntime-node"));
    assert.deepEqual(
      ["koffi", "@koromix", "onnxruntime-web"].filter((name) => there.includes(name)),
      [],
    );
  });

  test("where npm has left onnxruntime-node out, the program says how to get it", async () => {
    const [there, away] = ["onnxruntime-node", "onnxruntime-away"].map((name) =>
      join(folder, "node_modules", name),
    );
    await rename(there, away);
    try {
      const { engines } = JSON.parse(await done("doctor", "--json"));
      const { works, install } = engines.find(({ name }: { name: string }) => name === "ort");
      assert.equal(works, false);
      assert.match(install, /^npm install onnxruntime-node@\d+\.\d+\.\d+ --ignore-scripts$/);
    } finally {
      await rename(away, there);
    }
  });

  test("npm installs it where an install script cannot reach its download address", {
    skip: process.env.MULTIHOT_REGISTRY ? false : "set MULTIHOT_REGISTRY=1 to install from the registry",
  }, async () => {
    const cutOff = join(folder, "cut-off");
    await mkdir(cutOff);
    await writeFile(join(cutOff, "package.json"), '{ "name": "application", "private": true }\n');
    // Where onnxruntime-node's script looks for a proxy; nobody listens there.
    const proxy = "http://127.0.0.1:9";
    const env = { GLOBAL_AGENT_HTTP_PROXY: proxy, GLOBAL_AGENT_HTTPS_PROXY: proxy };
    await npm(["install", packed.tarball, "--no-audit", "--no-fund"], cutOff, env);
    const command = join(cutOff, "node_modules", "multihot", "dist", "src", "cli", "main.js");
    const { code, stderr } = await run(command, ["--version"], { cwd: cutOff });
    assert.equal(code, 0, stderr);
  });

  test("the command trains and tags", async () => {
    const { version } = JSON.parse(await readFile(installed("package.json"), "utf8"));
    assert.equal((await done("--version")).trim(), version);
    await done("sample", "drawn", "--images", "24", "--size", "32");
    await done(
      ...["train", "drawn/labels.csv", "--out", "run", "--backbone", "resnet10-small", "--weights", "none"],
      ...["--size", "32", "--epochs", "1", "--threads", "1", "--workers", "1"],
    );
    const [tagged] = JSON.parse(await done("predict", "run/bundle", "drawn/images/0001.jpg", "--json"));
    assert.equal(Object.keys(tagged.probabilities).length, 12);
  });

  test("what needs an optional part says so, the rest does not miss it", async () => {
    const { code, stderr } = await multihot("export", "run/bundle", "--format", "web", "--out", "site");
    assert.equal(code, 1);
    assert.match(stderr, /npm install onnxruntime-web/);
    const doctor = JSON.parse(await done("doctor", "--json"));
    assert.match(JSON.stringify(doctor), /koffi/);
    const onednn = await multihot("predict", "run/bundle", "drawn/images/0001.jpg", "--engine", "onednn");
    assert.equal(onednn.code, 1);
    assert.match(onednn.stderr, /koffi/);
  });

  test("import gives every name, on a server also multihot/web and multihot/server", async () => {
    const script = `
      import * as library from "multihot";
      import { GraphBuilder } from "multihot/graph";
      import { bceWithLogits } from "multihot/losses";
      import { meanAveragePrecision } from "multihot/metrics";
      import { loadBundle } from "multihot/web";
      import * as server from "multihot/server";
      const same = [GraphBuilder === library.GraphBuilder, bceWithLogits === library.bceWithLogits, meanAveragePrecision === library.meanAveragePrecision];
      console.log(JSON.stringify([Object.keys(library), typeof loadBundle, Object.keys(server), same]));
    `;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--input-type=module", "--eval", script],
      { cwd: folder },
    );
    assert.deepEqual(JSON.parse(stdout), [
      Object.keys(library),
      "function",
      ["serve", "tagger"],
      [true, true, true],
    ]);
  });

  for (const module of ["node16", "bundler"] as const) {
    test(`the types of the package are found and hold, strictly, under ${module}`, async () => {
      await writeFile(join(folder, "application.ts"), application);
      await writeFile(join(folder, "page.ts"), page);
      assert.equal(
        await typeCheck(folder, ["application.ts", "page.ts"], { module, skipLibCheck: false }),
        "",
      );
      // A program with a server has Node's types.
      await writeFile(join(folder, "server.ts"), server);
      await mkdir(join(folder, "node_modules", "@types"), { recursive: true });
      const types = join("node_modules", "@types", "node");
      if (!existsSync(join(folder, types)))
        await symlink(join(project, types), join(folder, types), "junction");
      assert.equal(await typeCheck(folder, ["server.ts"], { module, skipLibCheck: false }), "");
    });
  }

  test("wrong types are found", async () => {
    await writeFile(
      join(folder, "wrong.ts"),
      'import { bce } from "multihot";\nbce({ reduction: "average" });\n',
    );
    assert.match(await typeCheck(folder, ["wrong.ts"], { module: "node16" }), /wrong\.ts.*reduction|average/);
  });

  test("publint and Are the types wrong? have nothing to say", async () => {
    const { messages, pkg } = await publint({ pkgDir: installed(), strict: true });
    assert.deepEqual(
      messages.map((message) => formatMessage(message, pkg)),
      [],
    );
    const analysis = await checkPackage(createPackageFromTarballData(await readFile(packed.tarball)));
    assert.ok(analysis.types);
    // The package is for ES modules: CommonJS loads it by import(), and resolution before `exports` is past.
    const problems = analysis.problems.filter(
      (problem) =>
        !("resolutionKind" in problem) || !["node10", "node16-cjs"].includes(problem.resolutionKind),
    );
    assert.deepEqual(problems, []);
  });

  test("it stays small", () => {
    assert.ok(packed.size < 1e6, `${packed.size} bytes`);
    assert.ok(packed.unpackedSize < 3e6, `${packed.unpackedSize} bytes`);
  });

  test("every script is reached from an entry point, and nothing else is there", async () => {
    const { exports, bin } = JSON.parse(await readFile(installed("package.json"), "utf8"));
    const scripts = packed.files.filter((file) => file.endsWith(".js") && !file.includes("/site/"));
    const entries = [
      ...Object.values<string | { default: string }>(exports).map((to) =>
        typeof to === "string" ? to : to.default,
      ),
      ...Object.values<string>(bin),
    ].filter((file) => file.endsWith(".js"));
    for (const script of scripts) {
      const text = await readFile(installed(script), "utf8");
      // Workers and trials, which run in a thread or process of their own.
      for (const [, started] of text.matchAll(/new URL\("(\.[^"]*\.js)", import\.meta\.url\)/g))
        entries.push(join(script, "..", started));
    }
    const { metafile } = await build({
      absWorkingDir: installed(),
      entryPoints: entries,
      bundle: true,
      packages: "external",
      platform: "node",
      format: "esm",
      write: false,
      metafile: true,
      outdir: "unused",
      logLevel: "silent",
    });
    const reached = new Set(Object.keys(metafile.inputs));
    const unreached: string[] = [];
    for (const script of scripts.filter((script) => !reached.has(script))) {
      // A file of types alone has an empty script beside its `.d.ts`.
      const text = await readFile(installed(script), "utf8");
      if (text.replaceAll(/^\/\/.*$/gm, "").trim() !== "export {};") unreached.push(script);
    }
    assert.deepEqual(unreached, []);
    const others = packed.files.filter((file) => !/^dist\/src\/.*\.(js|d\.ts)$/.test(file));
    assert.deepEqual(
      others.filter(
        (file) =>
          !/^(docs\/[\w/-]+\.md|examples\/.*\.ts|bench\/pytorch\/\w+\.py|dist\/src\/\w+\/site\/.*)$/.test(
            file,
          ),
      ),
      ["CHANGELOG.md", "LICENSE", "README.md", "package.json"],
    );
    assert.deepEqual(
      packed.files.filter((file) => /\.test\.|\/page\//.test(file) && !file.includes("/site/")),
      [],
    );
  });
});

const application = `
import { bceWithLogits, type LossResult } from "multihot/losses";
import { type MultilabelReport, multilabelReport } from "multihot/metrics";
import { bce, loadBundle, type Prediction, readDataset, train, UserError } from "multihot";

const predictor = await loadBundle("run/bundle", { engine: "ort", threads: 1 });
const [first]: Prediction[] = await predictor.predict(["a.jpg", new Uint8Array()]);
export const tags: string[] = first.error === undefined ? first.labels : [];
export const names: readonly string[] = (await readDataset("labels.csv")).labels;
try {
  await train({ data: "labels.csv", out: "run", backbone: "resnet18", headLr: 0.01 }, { onEvent: (event) => event.event });
} catch (error) {
  if (error instanceof UserError) error.problems.join();
}
export const loss = bce({ reduction: "mean" });
export const report: MultilabelReport = multilabelReport([0.2], [1], { images: 1, labels: ["a"] });
export const value: LossResult = bceWithLogits(new Float32Array(1), new Float32Array(1), { images: 1, labels: 1 });
`;

const server = `
/// <reference types="node" />
import { createServer } from "node:http";
import { UserError } from "multihot";
import { tagger, type TaggingApp } from "multihot/server";

export const tags: TaggingApp = await tagger("run/bundle", { token: "secret", maxBody: 8, threads: 1 });
createServer(tags.middleware).listen(8080);
export const POST = (request: Request): Promise<Response> => tags.fetch(request);
await tagger("missing").catch((error: unknown) => error instanceof UserError && error.problems);
`;

const page = `
import { type LoadProgress, loadBundle, type Prediction } from "multihot/web";

export async function tag(file: File, told: (progress: LoadProgress) => void): Promise<Prediction> {
  const tagger = await loadBundle("/tagger/", { device: "wasm", onProgress: told });
  return tagger.predict(file);
}
`;
