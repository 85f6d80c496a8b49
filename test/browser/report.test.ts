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

/** In the page: the heat map's figures of which the contrast with their cell is below 3.8. */
const faintCells = `(() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map(Number);
  const luminance = (colour) =>
    colour
      .map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4))
      .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const card = channels(getComputedStyle(document.querySelector("main > section")).backgroundColor);
  const cells = [...document.querySelectorAll("#together svg [aria-label=cell] rect")];
  const texts = [...document.querySelectorAll("#together svg [aria-label=text] text")];
  if (cells.length === 0 || texts.length === 0) return ["no cells"];
  const within = (cell, x, y) => x > cell.left && x < cell.right && y > cell.top && y < cell.bottom;
  return texts.flatMap((text) => {
    const place = text.getBoundingClientRect();
    const [x, y] = [(place.left + place.right) / 2, (place.top + place.bottom) / 2];
    const cell = cells.find((cell) => within(cell.getBoundingClientRect(), x, y));
    const own = channels(getComputedStyle(cell).fill);
    const opacity = Number(getComputedStyle(cell).fillOpacity);
    const [a, b] = [own.map((c, k) => c * opacity + card[k] * (1 - opacity)), channels(getComputedStyle(text).fill)]
      .map(luminance)
      .sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05) < 3.8 ? [text.textContent] : [];
  });
})()`;

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
      // Where the third label is, the first is in two of three pictures: a cell between pale and dark.
      for (let row = 0; row < targets.length; row += 3 * labels.length) {
        targets[row + 2] = 1;
        targets[row] = Number((row / labels.length) % 9 < 6);
      }
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

  async function open(
    options?: BrowserContextOptions,
    file = url,
  ): Promise<{ page: Page; problems: string[] }> {
    const page = await (await browser.newContext(options)).newPage();
    const problems: string[] = [];
    page.on("request", (request) => {
      if (request.url() !== file && !request.url().startsWith("data:"))
        problems.push(`asked for ${request.url()}`);
    });
    page.on("console", (message) => problems.push(`said ${message.text()}`));
    page.on("pageerror", (error) => problems.push(`threw ${error.message}`));
    await page.goto(file);
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
    const worstFirst = (await column(page, 3)).slice(0, 4).map(Number);
    assert.deepEqual(
      worstFirst,
      [...worstFirst].sort((a, b) => a - b),
    );
    assert.equal((await column(page, 3))[4], "–");
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

  describe("with 260 labels", () => {
    let many: string;
    before(async () => {
      const labels = Array.from({ length: 260 }, (_, i) => `${i % 2 ? "Red" : "blue"} thing ${i}`);
      const path = join(folder, "many.html");
      await writeFile(path, await report(await reportInput(folder, { labels, validation: 40, share: 0.1 })));
      many = pathToFileURL(path).href;
    });

    test("is short enough to read, on a phone too, until something is unfolded", async () => {
      for (const [width, most] of [
        [1280, 3000],
        [390, 5500],
      ]) {
        const { page, problems } = await open({ viewport: { width, height: 900 } }, many);
        const height = await page.evaluate<number>("document.documentElement.scrollHeight");
        assert.ok(height <= most, `${height} pixels at a width of ${width}`);
        assert.equal(await page.evaluate("document.documentElement.scrollWidth"), width);
        assert.deepEqual(problems, []);
        await page.context().close();
      }
    });

    test("its table is filtered by the keyboard alone, whatever the case of letters", async () => {
      const { page, problems } = await open(undefined, many);
      const shown = () => page.locator("#labels table.sortable tbody tr:visible").count();
      assert.equal(await shown(), 0);
      await page.locator("#labels details > summary").focus();
      await page.keyboard.press("Enter");
      assert.equal(await shown(), 260);
      await page.keyboard.press("Tab");
      await page.keyboard.type("red");
      assert.equal(await shown(), 130);
      assert.equal(await page.locator("#labels output").textContent(), "130 of 260");
      await page.keyboard.press("Enter");
      assert.equal(page.url(), many);
      assert.deepEqual(problems, []);
      await page.context().close();
    });

    test("a link unfolds what it leads to", async () => {
      const { page } = await open(undefined, many);
      await page.locator("nav").getByRole("link", { name: "Calibration" }).click();
      assert.ok(await page.locator("#calibration svg").isVisible());
      const link = page.locator('#labels a[href^="#label-"]').first();
      const target = page.locator(String(await link.getAttribute("href")));
      assert.equal(await target.isVisible(), false);
      await link.click();
      assert.ok(await target.locator(".pictures").first().isVisible());
      // Folded again, the same link unfolds again.
      await page.evaluate(
        "document.querySelectorAll('#mistakes details').forEach((one) => one.removeAttribute('open'))",
      );
      await link.click();
      assert.ok(await target.locator(".pictures").first().isVisible());
      await page.context().close();
    });
  });

  for (const colorScheme of ["light", "dark"] as const) {
    test(`nothing is wider than a phone, every picture is seen (${colorScheme})`, async () => {
      const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, colorScheme };
      const { page, problems } = await open(phone);
      assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 390);
      assert.equal(
        await page.evaluate(
          "[...document.images].filter((image) => image.checkVisibility() && !(image.complete && image.naturalWidth > 0)).length",
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
      // A cell's figure is told from its colour, WCAG's least contrast for large text at the worst.
      assert.deepEqual(await page.evaluate(faintCells), []);
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
