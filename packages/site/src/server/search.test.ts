import { expect, test } from "vitest";
import { type SearchDocument, SearchIndex } from "./search.ts";

const document = (slug: string, parts: Partial<SearchDocument>): SearchDocument => ({
  slug,
  title: "",
  authors: "",
  family: "",
  summary: "",
  claims: "",
  comments: "",
  ...parts,
});
const index = new SearchIndex([
  document("comment", { title: "Other", comments: "a scan over attention states" }),
  document("claim", { title: "Other", claims: "attention needs more memory" }),
  document("summary", { title: "Other", summary: "Attention read as a recurrence." }),
  document("title", { title: "Attention Anew" }),
  document("quantisation", { title: "Learned Quantisation", authors: "Ada Müller" }),
]);

test("a title says more than a summary, that more than a claim, that more than a comment", () => {
  expect(index.search("attention")).toEqual(["title", "summary", "claim", "comment"]);
});

test.each([
  ["a letter that is missing", "atention"],
  ["two letters changed about", "atteniton"],
  ["the beginning of a word", "atten"],
  ["capitals", "ATTENTION"],
])("%s is forgiven", (_, query) => expect(index.search(query)[0]).toBe("title"));

test.each(["quantization", "quantisation", "quant", "muller", "Müller"])("%s finds the one that has it", (query) => {
  expect(index.search(query)).toEqual(["quantisation"]);
});

test("all words count before any", () => {
  expect(index.search("attention memory")).toEqual(["claim"]);
  expect(index.search("attention qqqqq")).toHaveLength(4);
});

test("nothing is found for signs alone or for nothing", () => {
  expect([index.search(""), index.search("!!! ---")]).toEqual([[], []]);
});
