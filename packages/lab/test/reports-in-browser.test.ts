import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Paper } from "@paperworks/experiment";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { browserPath, noBrowser, startBrowser } from "../../../scripts/chromium.ts";
import { writeComparison } from "../src/compare/compare-runs.ts";
import { findResult } from "../src/compare/find-result.ts";
import { fixturePaper } from "../src/fixture-paper.ts";
import { writeOverview } from "../src/report/overview.ts";
import { readReproductions, reproduce } from "../src/reproduction.ts";
import { runPaper } from "../src/run-paper.ts";
import { type Look, lookAt } from "./look.ts";

if (!browserPath) console.warn(noBrowser);

/** The fixture with texts that no line is long enough for. */
const longWinded: Paper = {
  ...(fixturePaper as Paper),
  title: `A title with ${"an-unbroken-word-".repeat(8)} in it`,
  async experiment(context) {
    await (fixturePaper as Paper).experiment(context);
    const name = "a/path/that/does/not/end/".repeat(6);
    context.table("wide", { columns: Array.from({ length: 12 }, (_, index) => `column ${index}`), rows: [] });
    context.table("long", { columns: ["name", "value"], rows: [[name, 1]] });
    context.cost("program", { layers: { first: { macs: 1e9, bytes: 123456789 }, second: { macs: 2e9 } } });
  },
};

describe.skipIf(!browserPath)("in Chromium", () => {
  const folder = mkdtempSync(join(tmpdir(), "paperworks-looked-at-"));
  const results = join(folder, "results");
  let browser: Browser;
  const pages = new Map<string, string>();
  beforeAll(async () => {
    browser = await startBrowser();
    await runPaper(longWinded, { out: join(folder, "run"), settings: { spread: 0.4 } });
    pages.set("report", join(folder, "run/report.html"));
    const failed = { out: join(folder, "failed"), settings: { ending: "throw" } };
    await runPaper(fixturePaper as Paper, failed);
    pages.set("failed", join(folder, "failed/report.html"));
    await reproduce(longWinded, { out: join(folder, "reproduction"), results });
    pages.set("overview", writeOverview(results, readReproductions(results)));
    pages.set("comparison", join(folder, "comparison.html"));
    const found = ["run", "reproduction"].map((run) => findResult(join(folder, run))!);
    await writeComparison(pages.get("comparison")!, found[0], found[1]);
  }, 30_000);
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  const looks: Look[] = [
    { width: 360, scheme: "light" },
    { width: 360, scheme: "dark" },
    { width: 1200, scheme: "light" },
    { width: 1200, scheme: "dark" },
  ];
  test.each(
    ["report", "failed", "overview", "comparison"].flatMap((page) =>
      looks.map((look) => [page, look.width, look.scheme] as const),
    ),
  )(
    "the page %s fits %i pixels in %s, asks for nothing, complains of nothing and is readable",
    async (name, width, scheme) => {
      const looked = await lookAt(browser, pages.get(name)!, name, { width, scheme });
      expect(looked).toEqual({ complaints: [], overflow: 0, faint: [] });
    },
  );
});
