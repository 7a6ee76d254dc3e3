import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atLeast, between, type ClaimResult, judge, type Paper } from "@paperworks/experiment";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fixturePaper } from "../fixture-paper.ts";
import { runPaper } from "../run-paper.ts";
import { drawFigure } from "./figures.ts";
import { escapeHtml, html } from "./html.ts";
import { formatDuration, formatEstimate, formatNumber } from "./numbers.ts";
import { stripPlot, stripRange } from "./strip.ts";

describe("a report", () => {
  const out = mkdtempSync(join(tmpdir(), "paperworks-report-"));
  afterAll(() => rmSync(out, { recursive: true }));
  let page = "";
  beforeAll(async () => {
    const settings = { spread: 0.4, rate: 0.2 };
    await runPaper(fixturePaper as Paper, { out: join(out, "run"), settings });
    page = readFileSync(join(out, "run/report.html"), "utf8");
  });

  test("refers to nothing outside itself but its citation", () => {
    const references = [...page.matchAll(/(?:src|href|srcset|data|action|poster)\s*=\s*"([^"]*)"/gi)].map((m) => m[1]);
    const outside = references.filter((reference) => !reference.startsWith("data:") && !reference.startsWith("#"));
    expect(outside).toEqual(["https://arxiv.org/abs/2601.00001"]);
    expect(page).not.toMatch(/url\(\s*['"]?(?:https?:)?\/\//i);
    expect(page).not.toMatch(/@import|<script|<link|<iframe/i);
  });

  test("escapes every text", () => {
    expect(page).toContain("A &#60;fixture&#62; &#38; its claims");
    for (const raw of ["<fixture>", "<half>", "<always>", "<loss>", "<0>", "<script>"]) expect(page).not.toContain(raw);
  });

  test("shows each claim with its verdict, its bar, its values and why", () => {
    expect(page.match(/<article class="claim">/g)).toHaveLength(3);
    expect(page).toContain('<span class="badge inconclusive">inconclusive</span>');
    expect(page).toContain("values: 0.6, 1, 1.4");
    expect(page).toContain("bar ≥ 0.5");
    expect(page).toContain("this run used generated data");
    expect(page.match(/class="badge timing"/g)).toHaveLength(1);
    expect(page.match(/<circle class="seed"/g)).toHaveLength(7);
  });

  test("says which claims are timings, and shows the loss over the steps with its spread", () => {
    expect(page).toContain("Of the claims speed is a timing");
    expect(page).toMatch(/<strong>descend\/quickly<\/strong> · loss · 3 seeds/);
    expect(page).toMatch(/class="narrow"/);
  });

  test("shows figures, tables, images, settings, data, cost and environment", () => {
    expect(page).toMatch(/<figure><h3>Loss &#38; step<\/h3>.*<svg/s);
    expect(page).toContain("data:image/png;base64,");
    expect(page).toContain("changed from 0.1");
    expect(page).toContain("no digits at all");
    expect(page).toContain("<td>macs</td><td>12</td>");
    expect(page).toContain(process.versions.node);
  });

  test("fits a phone, and light and dark", () => {
    expect(page).toContain('name="viewport"');
    expect(page).toContain("prefers-color-scheme: dark");
  });
});

describe("figures", () => {
  test("follow the page's colours", async () => {
    const svg = await drawFigure({ mark: "point", data: { values: [{ a: 1 }] }, encoding: { x: { field: "a" } } });
    expect(svg).toContain("currentColor");
    expect(svg).not.toContain("#fff");
  });

  test("load nothing from anywhere", async () => {
    const spec = { mark: "point", data: { url: "https://example.org/data.json" }, encoding: { x: { field: "a" } } };
    await expect(drawFigure(spec)).rejects.toThrow(/is not loaded/);
  });

  test("that make no sense are refused", async () => {
    await expect(drawFigure({ mark: "no such mark", data: { values: [] } })).rejects.toThrow();
  });
});

describe("the plot of a claim", () => {
  const claimOf = (values: number[], bar = atLeast(0.5)): ClaimResult => ({
    ...{ id: "a", paper: "p", measures: "m", timing: false, reason: null, bar, values },
    ...judge(values, bar),
    reason: null,
  });
  const positions = (markup: string) => [...markup.matchAll(/cx="([\d.]+)"/g)].map((match) => Number(match[1]));

  test("puts values in order, on the shaded side when they clear the bar", () => {
    const markup = String(stripPlot(claimOf([0.2, 0.7, 0.9])));
    const [first, second, third] = positions(markup);
    const [, start, width] = markup.match(/class="clears" x="([\d.]+)" y="6" width="([\d.]+)"/)!.map(Number);
    expect(first).toBeLessThan(start);
    expect(second).toBeGreaterThan(start);
    expect(third).toBeGreaterThan(second);
    expect(third).toBeLessThan(start + width);
  });

  test("shares its line with another claim's plot when they are compared", () => {
    const claims = [claimOf([1]), claimOf([3])];
    const range = stripRange(claims);
    const [first, second] = claims.map((claim) => positions(String(stripPlot(claim, range)))[0]);
    const bars = claims.map((claim) => String(stripPlot(claim, range)).match(/class="bar" x1="([\d.]+)"/)?.[1]);
    expect(first).toBeLessThan(second);
    expect(bars[0]).toBe(bars[1]);
  });

  test("draws both ends of a range, equal values, and leaves out what is no number", () => {
    expect(String(stripPlot(claimOf([1], between(0, 2)))).match(/class="bar"/g)).toHaveLength(2);
    expect(positions(String(stripPlot(claimOf([0.5, 0.5]))))).toHaveLength(2);
    expect(positions(String(stripPlot(claimOf([0.5, Number.NaN]))))).toHaveLength(1);
    expect(stripPlot(claimOf([Number.NaN]))).toBeUndefined();
    for (const values of [[0], [-1, Number.POSITIVE_INFINITY, 2]]) {
      expect(String(stripPlot(claimOf(values)))).not.toMatch(/NaN|Infinity/);
    }
  });
});

test("markup escapes its values, lists included, and keeps markup", () => {
  expect(String(html`<p>${['"', html`<b>${"<"}</b>`, null, false, 0]}</p>`)).toBe("<p>&#34;<b>&#60;</b>0</p>");
  expect(escapeHtml(`<a href='x'>&"`)).toBe("&#60;a href=&#39;x&#39;&#62;&#38;&#34;");
});

test("numbers and times read well", () => {
  expect([0.123456, -2, 1e-7, 12345.678, 88210, Number.NaN, null].map(formatNumber)).toEqual([
    "0.1235",
    "−2",
    "1.000e−7",
    "12350",
    "88\u202f210",
    "not a number",
    "–",
  ]);
  expect(formatEstimate({ value: 0.9, spread: 0.01234 })).toBe("0.9 ± 0.012");
  expect(formatEstimate({ value: 0.9, spread: null })).toBe("0.9");
  expect([0.04, 59.7, 185, 3720].map(formatDuration)).toEqual(["0.0 s", "1 min 0 s", "3 min 5 s", "1 h 2 min"]);
});
