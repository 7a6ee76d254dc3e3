import { expect, test } from "vitest";
import { papers } from "./index.ts";

test("slugs are unique", () => {
  expect(new Set(papers.map(({ slug }) => slug)).size).toBe(papers.length);
});

test("every listed paper loads and is what the list says", async () => {
  for (const { slug, family, title, year, load } of papers) {
    expect((await load()).default).toMatchObject({ slug, family, title, year });
  }
});
