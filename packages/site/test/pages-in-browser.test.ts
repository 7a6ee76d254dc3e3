import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { browserPath, noBrowser, startBrowser } from "../../../scripts/chromium.ts";
import { unbuiltPaper } from "../src/server/fixture-site.ts";
import { hostileTitle } from "./fixture-page.ts";
import { type OpenSite, openSite } from "./open-site.ts";
import { violations } from "./violations.ts";

if (!browserPath) console.warn(noBrowser);

const screenshots = fileURLToPath(new URL("screenshots/", import.meta.url));
const phone = { width: 360, height: 780 };
const desktop = { width: 1360, height: 900 };

describe.skipIf(!browserPath)("the pages in Chromium", () => {
  let browser: Browser;
  let site: OpenSite;
  /** What the console of any page complained of. */
  const complaints: string[] = [];

  beforeAll(async () => {
    mkdirSync(screenshots, { recursive: true });
    [site, browser] = await Promise.all([openSite(), startBrowser()]);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    expect(complaints.splice(0)).toEqual([]);
    expect(site.errors).toEqual([]);
  });

  async function open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({ viewport: desktop, reducedMotion: "reduce", ...options });
    const page = await context.newPage();
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(`${path}: ${message.text()}`);
    });
    page.on("pageerror", (error) => complaints.push(`${path}: ${error.message}`));
    await page.goto(site.url + path, { waitUntil: "networkidle" });
    return page;
  }

  const firstTitle = (page: Page) => page.locator(".entry h2").first();
  const entries = (page: Page) => page.locator(".entry");

  test("typing finds papers in spite of a typo, and the address keeps what was typed", async () => {
    const page = await open("/");
    expect(await entries(page).count()).toBe(91);
    await page.getByRole("searchbox").pressSequentially("graident noise");
    await page.waitForURL(/\?q=graident\+noise$/);
    await expect.poll(() => firstTitle(page).textContent()).toMatch(/Gradient Noise/);
    expect(await page.locator("#found").textContent()).toMatch(/^\d+ of 91 papers$/);
    await page.reload();
    expect(await firstTitle(page).textContent()).toMatch(/Gradient Noise/);
    expect(await page.getByRole("searchbox").inputValue()).toBe("graident noise");
    await page.getByRole("searchbox").fill("");
    await expect.poll(() => entries(page).count()).toBe(91);
  });

  test("a search that finds nothing says so, and leads back", async () => {
    const page = await open("/?q=zzzzqqqq");
    expect(await page.locator(".empty").textContent()).toMatch(/No paper fits/);
    await page.getByRole("link", { name: "Show all 91" }).click();
    expect(await entries(page).count()).toBe(91);
  });

  test("without script the search, the filters and the vote work as forms and links", async () => {
    const page = await open("/", { javaScriptEnabled: false });
    await page.getByRole("searchbox").fill("attention");
    await page.getByRole("searchbox").press("Enter");
    expect(page.url()).toContain("q=attention");
    expect(await entries(page).count()).toBeLessThan(91);
    await page.locator(".wide-filters").getByRole("link", { name: "missed" }).click();
    expect(page.url()).toContain("q=attention&verdict=missed");
    expect(await firstTitle(page).textContent()).toBe("Attention as an RNN");
    await page.locator(".vote button").first().click();
    expect(page.url()).toContain("q=attention&verdict=missed");
    expect(await page.locator(".vote button").first().getAttribute("aria-pressed")).toBe("true");
    await page.getByRole("link", { name: "Attention as an RNN" }).first().click();
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Attention as an RNN");
  });

  test("a vote shows at once, stays over a reload, and can be taken back", async () => {
    const page = await open("/?q=kan");
    const button = page.locator(".vote button").first();
    const before = Number(await button.textContent());
    await button.click();
    await expect.poll(() => button.getAttribute("aria-pressed")).toBe("true");
    await expect.poll(async () => Number(await button.textContent())).toBe(before + 1);
    await page.waitForLoadState("networkidle");
    await page.reload({ waitUntil: "networkidle" });
    expect(await button.getAttribute("aria-pressed")).toBe("true");
    await button.click();
    await expect.poll(() => button.getAttribute("aria-pressed")).toBe("false");
    await expect.poll(async () => Number(await button.textContent())).toBe(before);
    await page.waitForLoadState("networkidle");
  });

  test("the form for the digest answers in the page, and a mail goes out", async () => {
    const page = await open("/");
    await page.getByLabel("Get the papers in your inbox").fill("reader@example.org");
    await page.getByRole("button", { name: "Subscribe" }).click();
    await expect.poll(() => page.locator(".subscribe [role=status]").textContent()).toMatch(/\w/);
    await expect.poll(() => site.mails.map(({ to }) => to)).toEqual(["reader@example.org"]);
    expect(await page.locator(".subscribe .problem").count()).toBe(0);
    expect(page.url()).toBe(`${site.url}/`);
  });

  test("the keyboard alone leads past the head, to the search, and to a paper", async () => {
    const page = await open("/");
    const focused = () => page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent);
    await page.keyboard.press("Tab");
    expect(await focused()).toBe("Skip to the content");
    await page.keyboard.press("Enter");
    expect(await focused()).toBe("content");
    await page.keyboard.press("/");
    expect(await focused()).toBe("search");
    await page.keyboard.type("a/b");
    expect(await page.getByRole("searchbox").inputValue()).toBe("a/b");
    await page.getByRole("searchbox").fill("attention as an rnn");
    await expect.poll(() => firstTitle(page).textContent()).toBe("Attention as an RNN");
    for (let presses = 0; presses < 15 && (await focused()) !== "Attention as an RNN"; presses++)
      await page.keyboard.press("Tab");
    expect(await page.evaluate(() => getComputedStyle(document.activeElement as Element).outlineStyle)).toBe("solid");
    await Promise.all([page.waitForURL(/\/papers\/aaren$/), page.keyboard.press("Enter")]);
  });

  test("the day before and the day itself are a link apart", async () => {
    const page = await open("/");
    await page.getByRole("link", { name: "Day before: 23 November 2026" }).click();
    expect(page.url()).toContain("date=2026-11-23");
    expect(await page.locator(".days time").textContent()).toBe("Monday, 23 November 2026");
    await page.getByRole("link", { name: "Day after: 24 November 2026" }).click();
    expect(page.url()).toBe(`${site.url}/`);
  });

  test("a paper without a module says so plainly", async () => {
    const page = await open(`/papers/${unbuiltPaper}`);
    expect(await page.locator("main").textContent()).toMatch(/its module is not built yet/);
    expect(await page.locator("#run").count()).toBe(0);
  });

  test("every verdict has its word and its own shape", async () => {
    const page = await open("/fixture/paper");
    const shapes = new Set<string | null>();
    for (const verdict of ["reproduced", "missed", "inconclusive", "not judged"]) {
      const badge = page.locator(".claim .badge", { hasText: verdict });
      expect(await badge.count()).toBe(1);
      shapes.add(await badge.locator("path").getAttribute("d"));
    }
    expect(shapes.size).toBe(4);
    expect(await page.locator(".claim", { hasText: "length" }).first().textContent()).toContain("not run yet");
    // Three claims have values: two that share a statement of the paper, and one by itself.
    expect(await page.locator(".claim svg.strip").count()).toBe(3);
    expect(await page.locator(".report").count()).toBe(4);
    expect(await page.locator("#claim-gate\\.fixed svg circle").count()).toBe(3);
  });

  test("what a paper is called cannot leave its place", async () => {
    const page = await open("/fixture/paper");
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe(hostileTitle);
    expect(await page.title()).toBe(`${hostileTitle} – Paperworks`);
    await page.locator("[data-island=vote][data-live]").waitFor();
  });

  test("figures are drawn without script, and live with it: a mark says what it stands for, the legend picks", async () => {
    const still = await open("/fixture/paper", { javaScriptEnabled: false });
    expect(await still.locator(".drawn.wide svg").first().isVisible()).toBe(true);
    expect(await still.locator(".figure .notice").textContent()).toMatch(/could not be drawn/);

    const page = await open("/fixture/paper");
    const figure = page.locator("[data-figure='Loss of both models']");
    const widthBefore = await figure.evaluate((place) => place.clientHeight);
    await figure.scrollIntoViewIfNeeded();
    await page.locator("[data-figure='Loss of both models'][data-live]").waitFor();
    expect(Math.abs((await figure.evaluate((place) => place.clientHeight)) - widthBefore)).toBeLessThan(12);
    await figure.locator("svg .mark-symbol.role-mark path").nth(4).hover();
    await page.locator(".tooltip:visible").waitFor();
    expect(await page.locator(".tooltip:visible").textContent()).toMatch(/step.*loss.*model/);
    await figure.locator(".mark-text.role-legend-label text").first().click();
    const faded = () =>
      figure
        .locator(".mark-line path")
        .evaluateAll((lines) => lines.map((line) => getComputedStyle(line).opacity || line.getAttribute("opacity")));
    await expect.poll(async () => new Set(await faded()).size).toBe(2);
  });

  test("a figure with a choice of channels draws the first, and another by its field or by a click", async () => {
    const page = await open("/fixture/paper");
    const figure = page.locator("[data-figure='Kernels by channel']");
    /** The colours of the kernels below; those of all channels stand above. */
    const drawn = (place: "drawn" | "live") =>
      figure
        .locator(`.${place} .mark-rect.role-mark path`)
        .evaluateAll((cells) => cells.slice(12).map((cell) => cell.getAttribute("fill")));
    const still = await drawn("drawn");
    expect(still.length).toBe(16);
    await figure.scrollIntoViewIfNeeded();
    await figure.locator(".live svg").waitFor();
    const first = await drawn("live");
    expect(first).toEqual(still);
    const field = figure.getByRole("combobox", { name: "channel" });
    await field.selectOption("3");
    await expect.poll(() => drawn("live")).not.toEqual(first);
    const third = await drawn("live");
    // The second channel's four cells come after the first one's.
    await figure.locator(".live .mark-rect.role-mark path").nth(5).click();
    await expect.poll(() => drawn("live")).not.toEqual(third);
    expect(await field.inputValue()).toBe("2");
    await field.selectOption("1");
    await expect.poll(() => drawn("live")).toEqual(first);
  });

  test("a link to a line opens its file", async () => {
    const anchor = "papers-src-attention-aaren-prefix-attention-ts-L62";
    const page = await open(`/fixture/paper#${anchor}`);
    await expect.poll(() => page.locator(`[id="${anchor}"]`).isVisible()).toBe(true);
    expect(await page.locator(`[id="${anchor}"]`).textContent()).toContain("prefixAttention(");
    expect(await page.locator(".formulas math").count()).toBeGreaterThan(5);
  });

  test("the citation is copied by its button", async () => {
    const page = await open("/fixture/paper", { permissions: ["clipboard-read", "clipboard-write"] });
    await page.locator("[data-island=citation][data-live]").waitFor();
    await page.getByRole("button", { name: "Copy" }).click();
    await expect.poll(() => page.locator(".citation [role=status]").textContent()).toBe("Copied");
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain("@article{feng2024");
  });

  for (const [name, path, schemes] of [
    ["front", "/", ["light", "dark"]],
    ["paper", "/fixture/paper", ["light", "dark"]],
    ["unbuilt", `/papers/${unbuiltPaper}`, ["light"]],
    ["message", "/fixture/message", ["dark"]],
  ] as const) {
    for (const colorScheme of schemes) {
      for (const viewport of [phone, desktop]) {
        const size = viewport === phone ? "phone" : "desktop";
        test(`the ${name} page is accessible and fits, ${colorScheme}, ${size}`, async () => {
          const page = await open(path, { viewport, colorScheme });
          expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(viewport.width);
          for (const figure of await page.locator("[data-figure]").all()) {
            await figure.scrollIntoViewIfNeeded();
            await figure.locator(".live svg").waitFor();
          }
          await page.evaluate(() => scrollTo(0, 0));
          await page.screenshot({ path: `${screenshots}${name}-${size}-${colorScheme}.png` });
          // Evaluated by the driver, which no policy of the page keeps out.
          expect(await violations(page)).toEqual([]);
        });
      }
    }
  }
});
