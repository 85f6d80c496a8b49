// Puts the pages together: of each, one script (of the exported page also its worker), beside what they share; and the
// style and script that a report holds.
import { cpSync, rmSync } from "node:fs";
import { build } from "esbuild";

const common = { bundle: true, minify: true, format: "esm", target: "es2022", logLevel: "warning" };

for (const [room, entries] of [
  ["src/server", { "page/main": "src/server/page/main.ts" }],
  ["src/web", { "page/main": "src/web/page/main.ts", "page/worker": "src/web/worker.ts" }],
]) {
  const site = `dist/${room}/site`;
  rmSync(site, { recursive: true, force: true });
  cpSync("src/page/index.html", `${site}/index.html`);
  for (const name of ["style.css", "icon.svg"]) cpSync(`src/page/${name}`, `${site}/page/${name}`);
  await build({ ...common, entryPoints: entries, outdir: site });
}

const report = "dist/src/report/site";
rmSync(report, { recursive: true, force: true });
const reportEntries = ["src/report/page/page.ts", "src/report/page/style.css"];
await build({ ...common, format: "iife", entryPoints: reportEntries, outdir: report });
