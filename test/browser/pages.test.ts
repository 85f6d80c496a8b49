// The two pages, the exported one and that of the service, as people use them: by mouse, keyboard and phone.
import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { BrowserContextOptions, FileChooser, Page } from "playwright-core";
import { exportBundle } from "../../src/export/export.js";
import { type Service, serve } from "../../src/server/serve.js";
import { plain } from "../support/colours.js";
import { colourBundle } from "../support/service.js";
import { withoutBrowser } from "./chromium.js";
import { openSite, type Site } from "./fixture.js";

const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  isMobile: true,
  hasTouch: true,
  colorScheme: "dark",
};

/** What no page of ours may do: ask elsewhere, fail to load something, or throw. */
function watched(page: Page, origin: string): string[] {
  const problems: string[] = [];
  page.on("request", (request) => {
    if (!/^(blob|data):/.test(request.url()) && !request.url().startsWith(`${origin}/`)) {
      problems.push(`asked for ${request.url()}`);
    }
  });
  page.on("console", (message) => {
    // Chromium itself tells of answers that are errors: the token that is wrong, the picture that is none.
    if (message.type() !== "error" || /status of (401|422)/.test(message.text())) return;
    problems.push(`said ${message.text()}`);
  });
  page.on("pageerror", (error) => problems.push(`threw ${error.message}`));
  return problems;
}

describe("pages", { skip: withoutBrowser }, () => {
  let folder: string;
  let site: Site;
  let service: Service;
  let places: Record<"exported" | "service", string>;
  let files: { name: string; mimeType: string; buffer: Buffer }[];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "multihot-pages-"));
    const bundle = await colourBundle(folder);
    const web = join(folder, "web");
    await exportBundle(bundle, { format: "web", out: web });
    const failing = join(folder, "failing");
    await cp(web, failing, { recursive: true });
    const manifest = JSON.parse(await readFile(join(web, "multihot.json"), "utf8"));
    manifest.selfCheck.probabilities.reverse();
    await writeFile(join(failing, "multihot.json"), JSON.stringify(manifest));
    site = await openSite(
      { "/some/where/tagger": web, "/failing": failing },
      {
        headers: {
          "Content-Security-Policy":
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; worker-src 'self'",
        },
      },
    );
    service = await serve(
      bundle,
      { port: 0, engine: "ort", threads: 1, token: "secret" },
      { onFault: () => {} },
    );
    places = { exported: `${site.server.origin}/some/where/tagger/`, service: `${service.url}/` };
    files = [
      { name: "red.png", mimeType: "image/png", buffer: await plain([250, 10, 10]) },
      { name: "white.jpg", mimeType: "image/jpeg", buffer: await plain([255, 255, 255], "jpeg") },
      { name: "broken.jpg", mimeType: "image/jpeg", buffer: Buffer.from("no picture") },
    ];
  });
  after(async () => {
    await site?.close();
    await service?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Opens a page; at the service's, it tells the token by the keyboard, as it is asked. */
  async function open(place: keyof typeof places, options?: BrowserContextOptions) {
    const page = await site.open(options);
    // Asked for before a key can be pressed: a chooser that opens while Playwright has not yet told Chromium to hand it
    // over is never heard of.
    const chooser = new Promise<FileChooser>((resolve) => page.on("filechooser", resolve));
    const problems = watched(page, new URL(places[place]).origin);
    await page.goto(places[place]);
    if (place === "service") {
      await page.waitForSelector("#secret:focus");
      await page.keyboard.type("wrong");
      await page.keyboard.press("Enter");
      await page.locator("form p", { hasText: "does not know" }).waitFor();
      await page.keyboard.press("Control+A");
      await page.keyboard.type("secret");
      await page.keyboard.press("Enter");
      await page.locator("#secret").waitFor({ state: "detached" });
    }
    await page.locator("#model", { hasText: /./ }).waitFor();
    return { page, problems, chooser };
  }

  /** Waits until all of so many pictures are done; the first may be while the second is still on its way. */
  async function done(page: Page, pictures: number): Promise<string | null> {
    await page.locator("#status", { hasText: new RegExp(`^${pictures} pictures? done.*\\.$`) }).waitFor();
    return page.textContent("#status");
  }

  /** What each card says, the newest first. */
  function cards(page: Page): Promise<{ name: string; tags: string[]; rows: string[] }[]> {
    return page.evaluate(`[...document.querySelectorAll(".card")].map((card) => ({
      name: card.querySelector("h2").textContent,
      tags: card.classList.contains("wrong")
        ? [card.querySelector(".tags").textContent]
        : [...card.querySelectorAll(".tags b")].map((tag) => tag.textContent),
      rows: [...card.querySelectorAll(".labels li")].map((row) => row.innerText.replace(/\\s+/g, " ")),
    }))`);
  }

  const files3 = {
    red: {
      name: "red.png",
      tags: ["red"],
      rows: [
        "red 99 % , reaches its threshold of 50 %",
        "green 1 % , stays below its threshold of 50 %",
        "blue 1 % , stays below its threshold of 90 %",
      ],
    },
    white: ["red", "green", "blue"],
  };

  for (const place of ["exported", "service"] as const) {
    test(`${place}: by the keyboard alone, pictures are chosen, tagged and cleared`, async () => {
      const { page, problems, chooser: opened } = await open(place);
      assert.equal(await page.textContent("#model"), "3 labels: red, green, blue");
      await page.locator("#choose").focus();
      await page.keyboard.press("Enter");
      const chooser = await opened;
      assert(chooser.isMultiple());
      await chooser.setFiles(files);
      assert.equal(await done(page, 3), "3 pictures done, 1 with an error.");
      const [broken, white, red] = await cards(page);
      assert.deepEqual(red, files3.red);
      assert.deepEqual([...white.tags].sort(), [...files3.white].sort());
      assert.equal(broken.name, "broken.jpg");
      assert.match(broken.tags[0], /no picture|cannot be read/i);
      // From the button on, Tab comes to what can be used next: here, to the button that clears.
      await page.keyboard.press("Tab");
      assert.equal(await page.evaluate("document.activeElement.id"), "clear");
      assert.equal(
        await page.evaluate("getComputedStyle(document.activeElement).outlineStyle"),
        "solid",
        "the focus is seen",
      );
      await page.keyboard.press("Space");
      assert.deepEqual(await cards(page), []);
      assert.equal(await page.evaluate("document.activeElement.id"), "choose");
      assert.deepEqual(problems, []);
      await page.context().close();
    });

    test(`${place}: pictures can be dropped and pasted`, async () => {
      const { page, problems } = await open(place);
      for (const [event, name] of [
        ["drop", "red.png"],
        ["paste", "white.jpg"],
      ]) {
        const { buffer = Buffer.alloc(0) } = files.find((file) => file.name === name) ?? {};
        await page.evaluate(`{
          const transfer = new DataTransfer();
          const bytes = Uint8Array.from(atob("${buffer.toString("base64")}"), (c) => c.charCodeAt(0));
          transfer.items.add(new File([bytes], "${name}", { type: "image/png" }));
          const init = { bubbles: true, cancelable: true, dataTransfer: transfer, clipboardData: transfer };
          const event = "${event}" === "drop" ? new DragEvent("drop", init) : new ClipboardEvent("paste", init);
          document.body.dispatchEvent(event);
        }`);
      }
      assert.equal(await done(page, 2), "2 pictures done.");
      const [white, red] = await cards(page);
      assert.deepEqual(red, files3.red);
      assert.equal(white.tags.length, 3);
      assert.deepEqual(problems, []);
      await page.context().close();
    });

    test(`${place}: on a phone it offers the camera, and nothing is wider than the screen`, async () => {
      const { page, problems, chooser: opened } = await open(place, phone);
      await page.tap("#shoot");
      const chooser = await opened;
      assert.equal(await chooser.element().getAttribute("capture"), "environment");
      await chooser.setFiles(files[0]);
      assert.equal(await done(page, 1), "1 picture done.");
      assert.deepEqual(await cards(page), [files3.red]);
      assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 390);
      for (const id of ["choose", "shoot", "clear"]) {
        const { height = 0 } = (await page.locator(`#${id}`).boundingBox()) ?? {};
        assert(height >= 44, `a finger finds #${id}`);
      }
      assert.deepEqual(problems, []);
      await page.context().close();
    });
  }

  test("exported: a self-check that fails is told, and pictures are not tagged", async () => {
    const page = await site.open();
    await page.goto(`${site.server.origin}/failing/`);
    await page.waitForSelector("#model[role=alert]");
    assert.match((await page.textContent("#model")) ?? "", /fails its self-check: on its own picture, label/);
    await page.setInputFiles("#files", files[0]);
    assert.equal(await done(page, 1), "1 picture done, 1 with an error.");
    assert.match((await cards(page))[0].tags[0], /fails its self-check/);
    await page.context().close();
  });
});
