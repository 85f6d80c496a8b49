// The structure that ARCHITECTURE.md promises: imports, of types too, never go round in a circle.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";

type Edges = Map<string, Set<string>>;

const sources = readdirSync("src", { recursive: true })
  .map((file) => join("src", String(file)))
  .filter((file) => /\.ts$/.test(file) && !/\.(test|d)\.ts$/.test(file));

/** Which file imports which, read from the sources, so that imports of types count. */
function imports(): Edges {
  const known = new Set(sources);
  return new Map(
    sources.map((file) => {
      const text = readFileSync(file, "utf8");
      const targets = [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)]
        .map(([, path]) => normalize(join(dirname(file), path)).replace(/\.js$/, ".ts"))
        .filter((target) => known.has(target));
      return [file, new Set(targets)];
    }),
  );
}

/** The same between rooms, whose names `roomOf` cuts out of a file's path. */
function between(edges: Edges, roomOf: (file: string) => string | undefined): Edges {
  const rooms: Edges = new Map();
  for (const [file, targets] of edges) {
    const room = roomOf(file);
    if (room === undefined) continue;
    const found = rooms.get(room) ?? new Set();
    rooms.set(room, found);
    for (const target of targets) {
      const other = roomOf(target);
      if (other !== undefined && other !== room) found.add(other);
    }
  }
  return rooms;
}

/** One circle of imports, if there is any: the way from a place back to it. */
function circle(edges: Edges): string[] | undefined {
  const done = new Set<string>();
  function visit(place: string, path: readonly string[]): string[] | undefined {
    if (path.includes(place)) return [...path.slice(path.indexOf(place)), place];
    if (done.has(place)) return undefined;
    for (const next of edges.get(place) ?? []) {
      const found = visit(next, [...path, place]);
      if (found) return found;
    }
    done.add(place);
    return undefined;
  }
  for (const place of edges.keys()) {
    const found = visit(place, []);
    if (found) return found;
  }
  return undefined;
}

const edges = imports();

test("a circle of imports is found where there is one", () => {
  const round: Edges = new Map([
    ["a", new Set(["b"])],
    ["b", new Set(["c"])],
    ["c", new Set(["b"])],
  ]);
  assert.deepEqual(circle(round), ["b", "c", "b"]);
  assert.ok(sources.length > 300 && [...edges.values()].some((targets) => targets.size > 10));
});

test("no file imports itself through others", () => {
  assert.equal(circle(edges)?.join(" → "), undefined);
});

test("no room imports itself through others", () => {
  const room = (file: string) => /^src\/([^/]+)\//.exec(file)?.[1];
  assert.equal(circle(between(edges, room))?.join(" → "), undefined);
});

for (const parent of ["training", "data"]) {
  test(`no folder of src/${parent} imports itself through others`, () => {
    const folder = (file: string) => new RegExp(`^src/${parent}/([^/]+)/`).exec(file)?.[1];
    assert.equal(circle(between(edges, folder))?.join(" → "), undefined);
  });
}

/** The folders that a browser can import as they are; of models, all but what reads files. */
const core =
  /^src\/(graph|losses|metrics|models|training\/step|engines\/(loops|engine|constant-program))(\/|\.ts$)/;
/** Of those, what reads files, and who does so for others. */
const reader =
  /^src\/models\/(weights|hub|frozen|registry\.ts|catalogue\.ts|onnx-backbone\.ts|preprocess-config\.ts)/;

/** What a file imports when it runs, by the names that it writes: types are gone then. */
function runtimeImports(file: string): string[] {
  const text = readFileSync(file, "utf8");
  const statements = text.matchAll(/^(?:import|export) (?!type )[^;]*?from "([^"]+)"|import\("([^"]+)"\)/gm);
  return [...statements].map(([, from, dynamic]) => from ?? dynamic);
}

test("the computing core imports neither Node nor an engine", () => {
  const seen = new Map<string, string>();
  const problems: string[] = [];
  const visit = (file: string, way: string) => {
    if (seen.has(file)) return;
    seen.set(file, way);
    for (const name of runtimeImports(file)) {
      const target = normalize(join(dirname(file), name)).replace(/\.js$/, ".ts");
      const isEngine = /^src\/engines\/(?!engine\.ts|constant-program\.ts|loops\/)/.test(target);
      if (name.startsWith("node:") || (name.startsWith(".") && isEngine)) problems.push(`${way}: ${name}`);
      else if (name.startsWith(".") && sources.includes(target)) visit(target, `${way} → ${target}`);
    }
  };
  for (const file of sources) if (core.test(file) && !reader.test(file)) visit(file, file);
  assert.ok(seen.has("src/training/step/training-step.ts") && seen.has("src/models/resnet.ts"));
  assert.deepEqual(problems, []);
});
