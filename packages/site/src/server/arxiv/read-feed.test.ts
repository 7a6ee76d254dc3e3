import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FeedError } from "../errors.ts";
import { arxivNumber, readFeed } from "./read-feed.ts";

const feed = readFileSync(new URL("./fixture-feed.xml", import.meta.url), "utf8");

test("a feed of arXiv gives number, title, year and authors of each paper", () => {
  expect(readFeed(feed, "fixture")).toEqual([
    {
      arxiv: "2999.00001",
      title: "A Made-up Paper & Its < Sign",
      year: 2999,
      authors: ["Ada Example", "Bo Sample"],
    },
    { arxiv: "cs/9901001", title: "An Old One", year: 1999, authors: ["Cy Specimen"] },
  ]);
});

const lineOf = (text: string, part: string) => text.slice(0, text.indexOf(part)).split("\n").length;
const changed = (from: string, to: string) => {
  expect(feed).toContain(from);
  return feed.replace(from, () => to);
};

describe("a feed is refused whole, with the line, when", () => {
  test.each([
    ["a tag is not closed", changed("</author>", ""), /Expected closing tag|closing tag/i],
    ["an entry has no title", changed("<title>An Old One</title>", ""), /entry's title is wrong/],
    [
      "a date is none",
      changed("<published>1999-01-01T00:00:00Z", "<published>yesterday"),
      /entry's published is wrong/,
    ],
    ["an id leads elsewhere", changed("http://arxiv.org/abs/cs/9901001v2", "http://evil.example/1"), /entry's id/],
    ["an author has no name", changed("<name>Bo Sample</name>", "<name> </name>"), /entry's author.name is wrong/],
    ["a paper is in it twice", changed("cs/9901001v2", "2999.00001v1"), /is in it twice/],
    ["it declares entities", changed("<feed", '<!DOCTYPE x [<!ENTITY a "b">]>\n<feed'), /document type/],
    ["it is a page", "<html><body>busy</body></html>", /no <feed>/],
    ["it has no entry", '<feed xmlns="http://www.w3.org/2005/Atom"></feed>', /no entry/],
  ])("%s", (_, xml, message) => {
    expect(() => readFeed(xml, "fixture")).toThrow(FeedError);
    expect(() => readFeed(xml, "fixture")).toThrow(message);
    expect(() => readFeed(xml, "fixture")).toThrow(/^fixture, line \d+: /);
  });

  test("the line is that of the wrong field", () => {
    const xml = changed("<name>Bo Sample</name>", "<name> </name>");
    try {
      readFeed(xml, "fixture");
      expect.unreachable();
    } catch (error) {
      expect((error as FeedError).line).toBe(lineOf(xml, "<name> </name>"));
    }
  });
});

test("what arXiv says about a wrong number is passed on", () => {
  const error = changed("http://arxiv.org/abs/2999.00001v1", "http://arxiv.org/api/errors#incorrect_id");
  expect(() => readFeed(error, "fixture")).toThrow(/arXiv says: Whatever it is about/);
});

test("any damage is a FeedError or a whole feed, never another error", () => {
  fc.assert(
    fc.property(fc.nat(feed.length - 1), fc.nat(40), fc.string({ maxLength: 8 }), (at, length, put) => {
      try {
        expect(readFeed(feed.slice(0, at) + put + feed.slice(at + length), "fixture").length).toBeGreaterThan(0);
      } catch (error) {
        if (!(error instanceof FeedError)) throw error;
      }
    }),
    { seed: 7, numRuns: 400 },
  );
});

test.each([
  ["2312.06635", "2312.06635"],
  ["arXiv:2312.06635v3", "2312.06635"],
  ["https://arxiv.org/abs/2312.06635", "2312.06635"],
  ["cs/9901001", "cs/9901001"],
  ["../feed.xml", undefined],
  ["2312.06635&x=1", undefined],
])("%s names the arXiv number %s", (text, number) => expect(arxivNumber(text)).toBe(number));
