// An exported bundle in Chromium, as a web page would use it.
import { basename, dirname } from "node:path";
import { UserError } from "../../src/base/errors.js";
import type { Prediction } from "../../src/bundle/prediction.js";
import { chromiumPath } from "../browser/chromium.js";
import { call, openSite } from "../browser/fixture.js";

/** Pictures that are sent to the page at once. */
const SENT = 20;

/**
 * Probabilities by multihot/web, row-major [pictures, labels]; or why there are none.
 * @param dir what `export --format web` wrote
 * @param files pictures, all of one folder
 */
export async function inBrowser(
  dir: string,
  device: "wasm" | "webgpu",
  files: readonly string[],
): Promise<Float32Array | string> {
  if (chromiumPath === undefined) return "there is no Chromium here (apt-get install chromium)";
  const site = await openSite({ "/tagger": dir, "/pictures": dirname(files[0]) });
  try {
    const page = await site.open();
    const offered = await page.evaluate(
      "navigator.gpu?.requestAdapter().then((adapter) => adapter !== null)",
    );
    if (device === "webgpu" && !offered) return "this browser offers none";
    const { labels } = await call<{ labels: string[] }>(page, "load", "/tagger", { device });
    const found: number[] = [];
    for (let start = 0; start < files.length; start += SENT) {
      const urls = files.slice(start, start + SENT).map((file) => `/pictures/${basename(file)}`);
      for (const one of await call<Prediction[]>(page, "predictFiles", urls)) {
        if (one.error !== undefined) throw new UserError(`${one.image}: ${one.error}`);
        found.push(...labels.map((label) => one.probabilities[label]));
      }
    }
    return Float32Array.from(found);
  } finally {
    await site.close();
  }
}
