import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";

/** What a reader would stumble over on a page. */
export interface Looked {
  /** Console errors, errors of scripts, and everything that the page asked for beside itself. */
  readonly complaints: readonly string[];
  /** Pixels that the page is wider than the window. */
  readonly overflow: number;
  /** Texts whose colour is too near to what is behind them, with their contrast. */
  readonly faint: readonly string[];
}

export interface Look {
  readonly width: number;
  readonly scheme: "light" | "dark";
}

/** Opens a file as a page and looks at it; keeps a picture below `.paperworks/screenshots`. */
export async function lookAt(browser: Browser, file: string, name: string, { width, scheme }: Look): Promise<Looked> {
  const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme: scheme });
  const complaints: string[] = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  const own = pathToFileURL(file).href;
  page.on("request", (request) => {
    if (request.url() !== own && !request.url().startsWith("data:")) complaints.push(`asks for ${request.url()}`);
  });
  try {
    await page.goto(own);
    await page.evaluate(() => {
      for (const folded of document.querySelectorAll("details")) folded.open = true;
    });
    const folder = join(".paperworks", "screenshots");
    mkdirSync(folder, { recursive: true });
    await page.screenshot({ path: join(folder, `${name}-${width}-${scheme}.png`), fullPage: true });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    return { complaints, overflow, faint: await page.evaluate(faintTexts) };
  } finally {
    await page.close();
  }
}

/** Runs in the page. Contrast as WCAG 2 defines it, 4.5 and more for texts. */
function faintTexts(): string[] {
  type Color = readonly [number, number, number, number];
  const parse = (text: string): Color => {
    const [r, g, b, a = 1] = (text.match(/[\d.]+/g) ?? ["0", "0", "0", "0"]).map(Number);
    return [r, g, b, a];
  };
  const luminance = (color: Color) => {
    const [r, g, b] = color.slice(0, 3).map((value) => {
      const channel = value / 255;
      return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element: Element | null): Color => {
    if (element === null) return [255, 255, 255, 1];
    const color = parse(getComputedStyle(element).backgroundColor);
    return color[3] === 1 ? color : behind(element.parentElement);
  };
  const faint: string[] = [];
  for (const element of document.querySelectorAll("body *")) {
    const texts = [...element.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE);
    const said = texts
      .map(({ textContent }) => textContent ?? "")
      .join("")
      .trim();
    if (said === "" || element.closest("title, style") !== null || element.getClientRects().length === 0) continue;
    const style = getComputedStyle(element);
    const color = parse(element instanceof SVGElement ? style.fill : style.color);
    const [low, high] = [luminance(color), luminance(behind(element))].sort((a, b) => a - b);
    const contrast = (high + 0.05) / (low + 0.05);
    if (contrast < 4.5) faint.push(`${said.slice(0, 40)}: ${contrast.toFixed(2)}`);
  }
  return faint;
}
