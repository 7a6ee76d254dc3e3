import type { PaperEntry } from "@paperworks/papers";
import { expect, test } from "vitest";
import { UsageError } from "./errors.ts";
import { findPaper } from "./find-paper.ts";

const papers = ["gradient-noise", "aaren", "dgmlp"].map((slug) => ({ slug }) as PaperEntry);

test("a known paper is found", () => {
  expect(findPaper(papers, "aaren").slug).toBe("aaren");
});

test.each([
  ["gradient-nose", 'did you mean "gradient-noise"'],
  ["Aaren", 'did you mean "aaren"'],
  ["gradient", 'did you mean "gradient-noise"'],
])("%s suggests the nearest", (slug, hint) => {
  expect(() => findPaper(papers, slug)).toThrow(UsageError);
  expect(() => findPaper(papers, slug)).toThrow(hint);
});

test("what is near nothing suggests nothing", () => {
  expect(() => findPaper(papers, "transformers")).toThrow(/^no paper is called "transformers" \(/);
  expect(() => findPaper([], "aaren")).toThrow(/^no paper is called "aaren" \(/);
});
