// Debian's Chromium without a window, for tests; they are skipped where there is none.
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
/** Undefined where there is none. */
export const chromiumPath = process.env.MULTIHOT_CHROMIUM ?? places.find((place) => existsSync(place));

/** For `node:test`: why a test that wants a browser is skipped. */
export const withoutBrowser: string | false =
  process.env.MULTIHOT_BROWSER === undefined
    ? "it takes minutes: npm run browser"
    : chromiumPath === undefined
      ? "there is no Chromium here (apt-get install chromium; or MULTIHOT_CHROMIUM names one)"
      : false;

export function launch(args: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath, args: [...args] });
}
