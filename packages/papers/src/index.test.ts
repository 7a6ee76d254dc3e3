import { expect, test } from "vitest";
import { catalogue, papers } from "./index.ts";

test("the catalogue has 91 papers with slugs of their own, each with a summary", () => {
  expect(new Set(catalogue.map(({ slug }) => slug)).size).toBe(91);
  for (const { summary } of catalogue) expect(summary.length).toBeGreaterThan(40);
});

test("every paper that runs loads and is what the catalogue says", async () => {
  expect(papers.length).toBeGreaterThanOrEqual(3);
  for (const { slug, family, title, year, arxiv, load } of papers) {
    expect((await load()).default).toMatchObject({ slug, family, title, year, arxiv });
  }
});
