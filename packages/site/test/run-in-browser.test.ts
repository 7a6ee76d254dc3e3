import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { work } from "@paperworks/lab/queue";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { browserPath, noBrowser, startBrowser } from "../../../scripts/chromium.ts";
import { type OpenSite, openSite } from "./open-site.ts";
import { violations } from "./violations.ts";

if (!browserPath) console.warn(noBrowser);

describe.skipIf(!browserPath)("a paper run in the visitor's browser", () => {
  let browser: Browser;
  let site: OpenSite;
  const complaints: string[] = [];

  beforeAll(async () => {
    [site, browser] = await Promise.all([openSite({ serverRuns: true }), startBrowser()]);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  async function open(slug: string): Promise<Page> {
    const page = await browser.newPage({ reducedMotion: "reduce" });
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(`${site.url}/papers/${slug}`, { waitUntil: "networkidle" });
    await page.locator("[data-island=run][data-live]").waitFor();
    return page;
  }

  const status = (page: Page) => page.locator("[data-run-status]");
  const ended = (page: Page, outcome: string) =>
    page.locator(`[data-run-status=${outcome}]`).waitFor({ timeout: 100_000 });

  test("goes by WebAssembly threads to its claims and figures, with the curve of its loss", async () => {
    const page = await open("gradient-noise");
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    expect(await violations(page)).toEqual([]);
    const file = page.waitForResponse((response) => response.url().includes("/api/data?"));
    await page.getByRole("button", { name: "Run", exact: true }).click();
    expect((await file).headers()["x-name"]).toMatch(/idx3-ubyte/);
    await page.locator(".loss-plot path").first().waitFor({ timeout: 60_000 });
    expect(await violations(page)).toEqual([]);
    await ended(page, "finished");
    expect(await violations(page)).toEqual([]);
    expect(await page.locator(".run-progress .claim").count()).toBe(5);
    expect(await page.locator(".run-progress .claim").first().textContent()).toMatch(/not judged/);
    expect(await page.locator(".run-progress .figure").count()).toBeGreaterThan(0);
    expect(complaints.splice(0)).toEqual([]);
  }, 120_000);

  test.each(["stepnet", "flashrnn", "tcnca"])(
    "%s of the attention family goes there to its end, kernels and transforms among it",
    async (slug) => {
      const page = await open(slug);
      await page.getByRole("button", { name: "Run", exact: true }).click();
      await ended(page, "finished");
      expect(await page.locator(".run-progress .claim").count()).toBeGreaterThan(5);
      expect(await page.locator(".run-progress .problem").count()).toBe(0);
      expect(complaints.splice(0)).toEqual([]);
      await page.close();
    },
    120_000,
  );

  test("shows a figure that chooses its channel on a phone, which scrolls it by keyboard", async () => {
    const page = await open("terminator");
    await page.setViewportSize({ width: 360, height: 740 });
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await ended(page, "finished");
    const figure = page.getByRole("group", { name: "Figure: What the slow network paints" });
    const field = figure.getByRole("combobox", { name: "channel" });
    await field.selectOption("5");
    // A thumbnail has 14 × 14 cells.
    await figure
      .locator(".mark-rect.role-mark path")
      .nth(196 + 100)
      .click();
    await expect.poll(() => field.inputValue()).toBe("2");
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    expect(complaints.splice(0)).toEqual([]);
    await page.close();
  }, 120_000);

  test("goes by WebGPU too, here on a software adapter", async () => {
    const page = await open("gla");
    await page.getByLabel("Where").selectOption("webgpu");
    await page.getByRole("button", { name: "Run", exact: true }).click();
    // A whole run takes a software adapter more than a minute: the losses of its first steps are enough.
    await page.locator(".loss-plot path").first().waitFor({ timeout: 90_000 });
    await page.getByRole("button", { name: "Stop" }).click();
    await ended(page, "interrupted");
    complaints.splice(0);
  }, 120_000);

  test("goes on the server by the lab's queue, and is found again when the page comes back", async () => {
    const page = await open("gradient-noise");
    await page.getByLabel("Where").selectOption("server");
    await page.getByRole("button", { name: "Run", exact: true }).click();
    const queue = await site.queue();
    await expect.poll(async () => (await queue.list({ state: "waiting" })).length, { timeout: 20_000 }).toBe(1);
    await page.waitForFunction(() => sessionStorage.length > 0);
    await page.reload({ waitUntil: "load" });
    await page.locator("[data-run-status=loading]").waitFor();
    const runs = mkdtempSync(join(tmpdir(), "paperworks-site-runs-"));
    const done = new AbortController();
    const working = work(queue, { papers: (slug) => ({ slug }), runs, signal: done.signal });
    await ended(page, "finished");
    expect(await page.locator(".run-progress .claim").count()).toBe(5);
    done.abort();
    await working;
    rmSync(runs, { recursive: true });
    expect(complaints.splice(0)).toEqual([]);
  }, 120_000);

  test("stands still while it is paused, goes on, and keeps what it measured when it is stopped", async () => {
    const page = await open("gradient-noise");
    await page.getByLabel("How much").selectOption("full");
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await page.locator(".loss-plot path").first().waitFor({ timeout: 60_000 });
    await page.getByRole("button", { name: "Pause" }).click();
    await page.waitForTimeout(500);
    const before = await status(page).textContent();
    expect(before).toMatch(/^Paused in /);
    await page.waitForTimeout(1000);
    expect(await status(page).textContent()).toBe(before);
    await page.getByRole("button", { name: "Go on" }).click();
    await expect
      .poll(() => status(page).textContent(), { timeout: 30_000 })
      .not.toBe(before?.replace("Paused", "Running"));
    await page.getByRole("button", { name: "Stop" }).click();
    await ended(page, "interrupted");
    expect(complaints.splice(0)).toEqual([]);
  }, 120_000);
});
