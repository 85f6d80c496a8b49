// The report as people use it: from a file, without a network, sorted by mouse and keyboard, on a phone.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { report } from "../../src/report/report.js";
import { reportInput } from "../support/report-input.js";
import { launch, withoutBrowser } from "./chromium.js";

describe("report", { skip: withoutBrowser }, () => {
  let folder: string;
  let browser: Browser;
  let url: string;
  /** The last is on no picture at all. */
  const labels = [
    "zebra",
    "<b>bold</b>",
    "école",
    "a name so long that no phone is wide enough for it".repeat(3),
    "nobody",
  ];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "multihot-report-page-"));
    const input = await reportInput(folder, { labels });
    for (const { targets } of [input.training, input.validation]) {
      for (let i = labels.length - 1; i < targets.length; i += labels.length) targets[i] = 0;
    }
    const path = join(folder, "report.html");
    await writeFile(path, await report(input));
    url = pathToFileURL(path).href;
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(options?: BrowserContextOptions): Promise<{ page: Page; problems: string[] }> {
    const page = await (await browser.newContext(options)).newPage();
    const problems: string[] = [];
    page.on("request", (request) => {
      if (request.url() !== url && !request.url().startsWith("data:"))
        problems.push(`asked for ${request.url()}`);
    });
    page.on("console", (message) => problems.push(`said ${message.text()}`));
    page.on("pageerror", (error) => problems.push(`threw ${error.message}`));
    await page.goto(url);
    return { page, problems };
  }

  const column = (page: Page, number: number) =>
    page.evaluate<string[]>(
      `[...document.querySelectorAll("#labels tbody tr")].map((row) => row.children[${number}].textContent.trim())`,
    );

  const order = (page: Page) =>
    page.evaluate<(string | null)[]>(
      `[...document.querySelectorAll("#labels thead th")].map((head) => head.getAttribute("aria-sort"))`,
    );

  test("the table sorts by click and by keyboard, what is not defined comes last", async () => {
    const { page, problems } = await open();
    const head = (name: string) => page.locator("#labels thead").getByRole("button", { name, exact: true });
    assert.deepEqual(await column(page, 0), labels);
    await head("average precision").click();
    const falling = await column(page, 3);
    assert.equal(falling[4], "–");
    const numbers = falling.slice(0, 4).map(Number);
    assert.deepEqual(
      numbers,
      [...numbers].sort((a, b) => b - a),
    );
    assert.deepEqual(await order(page), [null, null, null, "descending", null, null, null, null]);
    await page.keyboard.press("Enter");
    assert.deepEqual(await column(page, 3), [...falling.slice(0, 4).reverse(), "–"]);
    assert.equal((await order(page))[3], "ascending");
    await head("label").focus();
    await page.keyboard.press("Space");
    assert.deepEqual(
      await column(page, 0),
      [labels[3], labels[1], labels[2], labels[4], labels[0]].sort((a, b) => a.localeCompare(b)),
    );
    assert.deepEqual((await order(page)).slice(0, 4), ["ascending", null, null, null]);
    assert.deepEqual(problems, []);
    await page.context().close();
  });

  test("without a script all is there, and nothing is promised that it would do", async () => {
    const hint = (page: Page) => page.locator("#sort-hint").isVisible();
    const [scripted, bare] = [await open(), await open({ javaScriptEnabled: false })];
    assert.deepEqual([await hint(scripted.page), await hint(bare.page)], [true, false]);
    assert.equal(await bare.page.locator("button").count(), 0);
    assert.equal(await bare.page.locator("#labels tbody tr").count(), labels.length);
    assert(await bare.page.locator("#epochs svg").first().isVisible());
    assert.deepEqual([...scripted.problems, ...bare.problems], []);
    for (const { page } of [scripted, bare]) await page.context().close();
  });

  for (const colorScheme of ["light", "dark"] as const) {
    test(`nothing is wider than a phone, every picture is seen (${colorScheme})`, async () => {
      const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, colorScheme };
      const { page, problems } = await open(phone);
      assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 390);
      assert.equal(
        await page.evaluate(
          "[...document.images].filter((image) => !(image.complete && image.naturalWidth > 0)).length",
        ),
        0,
      );
      // Charts are not made so small that their text cannot be read.
      assert.deepEqual(
        await page.evaluate(
          `[...document.querySelectorAll("svg.chart text")].filter((text) => text.getBoundingClientRect().width > 0 &&
            parseFloat(getComputedStyle(text).fontSize) * Math.hypot(text.getScreenCTM().a, text.getScreenCTM().b) < 8).map((text) => text.textContent)`,
        ),
        [],
      );
      // Where a table is wider than the screen, it scrolls by itself, by the keyboard too.
      assert.equal(
        await page.evaluate(
          `[...document.querySelectorAll("table")].filter((table) => table.scrollWidth > 390 && !table.closest(".wide[tabindex]")).length`,
        ),
        0,
      );
      assert.deepEqual(problems, []);
      await page.context().close();
    });
  }
});
