// What the browser tests share: a page in Chromium beside a static server, and calls into the page.
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { launch } from "./chromium.js";
import { type StaticServer, serveFolders } from "./static-server.js";

/** The compiled project: `/lib/src/web/index.js` is the library as it is published. */
const dist = fileURLToPath(new URL("../..", import.meta.url));

/** Milliseconds: what a page waits for may take long where other programs have the processor, and shall not fail. */
const PATIENCE = 240_000;

export interface Site {
  readonly browser: Browser;
  readonly server: StaticServer;
  /** An empty page of the site, of a context of its own, so that nothing is cached. */
  open(options?: BrowserContextOptions): Promise<Page>;
  close(): Promise<void>;
}

/** @param folders by the path under which they are found; `/lib` is there already */
export async function openSite(
  folders: Readonly<Record<string, string>>,
  { headers, args }: { headers?: Record<string, string>; args?: string[] } = {},
): Promise<Site> {
  const server = await serveFolders({ "/lib": dist, ...folders }, headers);
  const browser = await launch(args);
  return {
    browser,
    server,
    async open(options) {
      const context = await browser.newContext(options);
      context.setDefaultTimeout(PATIENCE);
      const page = await context.newPage();
      await page.goto(`${server.origin}/`);
      return page;
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

/** Calls a function of in-page.ts in the page. */
export function call<T = unknown>(page: Page, name: string, ...args: unknown[]): Promise<T> {
  return page.evaluate(
    `import("/lib/test/browser/in-page.js").then((m) => m.${name}(...${JSON.stringify(args)}))`,
  );
}
