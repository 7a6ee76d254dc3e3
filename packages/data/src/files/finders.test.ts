import { describe, expect, it } from "vitest";
import { DownloadError } from "../errors.ts";
import { fetchFinder } from "./fetch-finder.ts";
import { firstOf, memoryFinder } from "./finder.ts";

describe("firstOf and memoryFinder", () => {
  it("asks one place after the other, and keeps the order of candidates within a place", async () => {
    const first = memoryFinder({ b: Uint8Array.of(1) }, { label: "first" });
    const second = memoryFinder({ a: Uint8Array.of(2) }, { label: "second", origin: "cache" });
    const found = await firstOf(first, second).find(["a", "b"]);
    expect([found?.from, found?.origin, await found?.bytes()]).toEqual(["first:b", "folder", Uint8Array.of(1)]);
    expect((await firstOf(first, second).find(["a"]))?.origin).toBe("cache");
    expect(await firstOf(first, second).find(["c", "toString"])).toBeUndefined();
    expect(await firstOf().find(["a"])).toBeUndefined();
  });
});

describe("fetchFinder", () => {
  const answering = (answers: Record<string, () => Response>) => {
    const asked: string[] = [];
    const fetch = async (input: string | URL | Request) => {
      asked.push(String(input));
      return answers[String(input)]?.() ?? new Response("none", { status: 404 });
    };
    return { fetch: fetch as typeof globalThis.fetch, asked };
  };

  it("takes the first candidate that the server has", async () => {
    const { fetch, asked } = answering({ "https://x.org/data/m/b": () => new Response(Uint8Array.of(5)) });
    const found = await fetchFinder("https://x.org/data", { fetch }).find(["m/a", "m/b", "m/c"]);
    expect(await found?.bytes()).toEqual(Uint8Array.of(5));
    expect(found?.from).toBe("https://x.org/data/m/b");
    expect(asked).toEqual(["https://x.org/data/m/a", "https://x.org/data/m/b"]);
  });

  it("takes a web page in place of a file for an absent file", async () => {
    const page = () => new Response("<html>", { headers: { "content-type": "text/html; charset=utf-8" } });
    const { fetch } = answering({ "https://x.org/a": page });
    expect(await fetchFinder("https://x.org", { fetch }).find(["a"])).toBeUndefined();
  });

  it("fails for a server error after trying again, and never takes it for absence", async () => {
    const { fetch, asked } = answering({ "https://x.org/a": () => new Response("", { status: 500 }) });
    await expect(fetchFinder("https://x.org", { fetch }).find(["a"])).rejects.toThrow(DownloadError);
    expect(asked).toHaveLength(2);
  });
});
