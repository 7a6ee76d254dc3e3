import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { browserPath, noBrowser, startBrowser } from "../../../scripts/chromium.ts";
import { type OpenSite, openSite } from "./open-site.ts";
import { violations } from "./violations.ts";

if (!browserPath) console.warn(noBrowser);

describe.skipIf(!browserPath)("pictures to play with", () => {
  let browser: Browser;
  let site: OpenSite;
  const complaints: string[] = [];

  beforeAll(async () => {
    [site, browser] = await Promise.all([openSite(), startBrowser()]);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  afterEach(() => expect(complaints.splice(0)).toEqual([]));

  async function open(slug: string, colorScheme: "light" | "dark" = "light"): Promise<Page> {
    const page = await browser.newPage({ colorScheme, reducedMotion: "reduce" });
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(`${site.url}/papers/${slug}`, { waitUntil: "networkidle" });
    await page.locator(".playground").waitFor();
    return page;
  }

  const says = (page: Page) => page.locator(".playground [role=status]").textContent();

  test("gradient noise arrives, never arrives, or overshoots, by its first variance", async () => {
    const page = await open("gradient-noise");
    const eta = page.getByLabel("η, the variance at the first step");
    await eta.fill("-4");
    expect(await says(page)).toMatch(/never arrives/);
    await eta.fill("1");
    expect(await says(page)).toMatch(/overshoots/);
    await eta.fill("-1");
    expect(await says(page)).toMatch(/arrives at the critical size after about \d+ steps|overshoots/);
  });

  test.each(["gradient-noise", "dgmlp", "aaren", "flashrnn", "gla"])(
    "%s can be used without seeing it, in light and dark",
    async (slug) => {
      const page = await open(slug);
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await violations(page)).toEqual([]);
      }
    },
  );

  test("hops draw a graph together, and a chosen node shows its own weights", async () => {
    const page = await open("dgmlp");
    const spread = () =>
      page.locator(".playground .node").evaluateAll((nodes) => {
        const xs = nodes.map((node) => Number(node.getAttribute("cx")));
        return Math.max(...xs) - Math.min(...xs);
      });
    const before = await spread();
    await page.getByLabel("hops of propagation").fill("32");
    expect(await spread()).toBeLessThan(before / 2);
    // By then the nodes lie on one another.
    await page.getByRole("button", { name: /^Node 7,/ }).dispatchEvent("click");
    expect(await page.locator(".playground").textContent()).toMatch(/hop weights of node 7/);
  });

  test("the Transformer's cache grows with the tokens, Aaren's state does not", async () => {
    const page = await open("aaren");
    const bytes = async () =>
      (await page.locator(".playground .bars").first().locator(".number").allTextContents()).map((text) =>
        Number(text.replaceAll(",", "")),
      );
    await page.getByLabel("tokens so far").fill("4");
    const [aaren, cache] = await bytes();
    await page.getByLabel("tokens so far").fill("10");
    const [later, grown] = await bytes();
    expect(later).toBe(aaren);
    expect(grown).toBeGreaterThan(60 * cache);
  });

  test("edited constraints leave other values, and one that cannot be read says where", async () => {
    const page = await open("flashrnn");
    const text = page.getByLabel(/^constraints/);
    const dots = () => page.locator(".playground circle").count();
    await page.getByRole("slider", { name: "propagation" }).fill("3");
    // One value of each of five variables, and a tile.
    expect(await dots()).toBe(5);
    expect(await page.getByRole("img", { name: /^Tiles of 12 units by 48/ }).count()).toBe(1);
    const constraints = await text.inputValue();
    await text.fill(`${constraints}\nBLOCK_K <= 10;`);
    expect(await page.getByRole("img", { name: /^Tiles of 12 units by 8/ }).count()).toBe(1);
    await text.fill("BLOCK_K / 2 == 4");
    expect(await says(page)).toMatch(/"\/" is no sign of this language.*\(line 1, column 9\)/);
  });

  test("the gates of one's own text are drawn before training and follow it; what the model does not know is said", async () => {
    const page = await open("gla");
    const text = page.getByLabel(/^your text/);
    await text.scrollIntoViewIfNeeded();
    const columns = page.locator(".playground .gates > span");
    await columns.first().waitFor({ timeout: 60_000 });
    expect(await says(page)).toBe("Not trained yet.");
    await text.fill("The crown€é");
    await expect.poll(() => columns.count()).toBe(9);
    expect(await says(page)).toBe("Not trained yet. The model does not know “€”, “é”.");
    const least = async () => Math.min(...(await shares(page)));
    expect(await least()).toBeGreaterThan(0.9);
    await page.getByRole("button", { name: "Train 200 steps" }).click();
    await expect.poll(() => says(page), { timeout: 60_000 }).toMatch(/^Step [1-9]\d*, loss/);
    // The page hears while it is trained.
    await text.fill("A soldier has forgotten");
    await expect.poll(() => columns.count()).toBe(23);
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByRole("button", { name: "Go on" }).waitFor();
    await text.fill("");
    await expect.poll(() => columns.count()).toBe(0);
    await text.fill("The king");
    await expect.poll(() => columns.count()).toBe(8);
    await page.getByRole("button", { name: "Go on" }).click();
    await page.getByRole("button", { name: "Train 200 more" }).waitFor({ timeout: 100_000 });
    expect(await says(page)).toMatch(/^Step 200, loss .* on text it has not seen\.$/);
    await expect.poll(least).toBeLessThan(0.8);
    const before = await shares(page);
    await page.getByRole("slider", { name: "head" }).fill("2");
    expect(await shares(page)).not.toEqual(before);
    expect(
      await page.getByRole("img", { name: /^Gates of block 1, head 2: least is kept at “[The␣king]”/ }).count(),
    ).toBe(1);
    expect(await violations(page)).toEqual([]);
  }, 200_000);

  /** α of every cell that is drawn. */
  const shares = (page: Page) =>
    page
      .locator(".playground .gates i")
      .evaluateAll((cells) => cells.map((cell) => Number(getComputedStyle(cell).opacity)));
});
