import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Ended, startCommand } from "../fixture-process.ts";

const folder = mkdtempSync(join(tmpdir(), "paperworks-site-command-"));
afterAll(() => rmSync(folder, { recursive: true }));
const paperworks = (args: readonly string[], onStart?: Parameters<typeof startCommand>[2]) =>
  startCommand(folder, args, onStart);

const entry = (number: string, title: string) => `
  <entry>
    <id>http://arxiv.org/abs/${number}v1</id>
    <published>2025-01-02T03:04:05Z</published>
    <title>${title}</title>
    <author><name>Ada Example</name></author>
    <author><name>Bo Sample</name></author>
  </entry>`;
const feed = (...entries: string[]) => `<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom">${entries.join("")}
</feed>`;

/** Speaks arXiv's language, for one paper; with "9999.99999" it breaks off. */
const asked: string[] = [];
const arxiv = createServer(({ url }, response) => {
  const number = new URL(url!, "http://localhost").searchParams.get("id_list")!;
  asked.push(number);
  const xml = feed(entry(number, "A Paper of arXiv"));
  response.end(number === "9999.99999" ? xml.slice(0, 150) : xml);
});
let from = "";
beforeAll(async () => {
  await new Promise<void>((resolve) => arxiv.listen(0, "127.0.0.1", resolve));
  from = `http://127.0.0.1:${(arxiv.address() as { port: number }).port}/api/query`;
});
afterAll(() => new Promise((resolve) => arxiv.close(resolve)));

describe("papers import", () => {
  test("adds a paper by its number once, and all of a file or none", async () => {
    const added = await paperworks(["papers", "import", "arXiv:2501.00001v2", "--from", from]);
    expect(added).toMatchObject({
      code: 0,
      stdout: "arxiv-2501-00001: A Paper of arXiv (Ada Example and 1 more, 2025)\n",
    });
    expect(asked).toEqual(["2501.00001"]);
    const again = await paperworks(["papers", "import", "2501.00001", "--from", from]);
    expect(again).toMatchObject({ code: 0, stdout: "1 is on the list already.\n" });
    const file = join(folder, "feed.xml");
    writeFileSync(file, feed(entry("2501.00002", "Good"), entry("2501.00003", " ")));
    const refused = await paperworks(["papers", "import", "feed.xml"]);
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toMatch(/^error: feed\.xml, line 13: an entry's title is wrong.*nothing of it was taken\n$/);
    writeFileSync(file, feed(entry("2501.00002", "Good"), entry("2501.00003", "Better")));
    expect((await paperworks(["papers", "import", "feed.xml"])).stdout.split("\n")).toHaveLength(3);
    const list = JSON.parse((await paperworks(["papers", "list", "--json"])).stdout);
    expect(list).toHaveLength(94);
    expect(list.find(({ slug }: { slug: string }) => slug === "arxiv-2501-00001")).toMatchObject({
      title: "A Paper of arXiv",
      authors: ["Ada Example", "Bo Sample"],
      summary: "",
      family: "new",
    });
  }, 90_000);

  test.each([
    ["a feed that breaks off", ["9999.99999"], /line \d+: .*nothing of it was taken/],
    ["what is neither a number nor a file", ["nothing.xml"], /neither an arXiv number such as 2312\.06635 nor a file/],
  ])("of %s is one clear line and exit code 2", async (_, args, message) => {
    const { code, stderr } = await paperworks(["papers", "import", ...args, "--from", from]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});

describe("digest send", () => {
  test("says with --dry-run what would go out", async () => {
    const { code, stdout } = await paperworks(["digest", "send", "--dry-run"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^The digest of \d{4}-\d\d-\d\d would go to 0 subscribers:\n/);
    expect(stdout.trim().split("\n")).toHaveLength(11);
  });

  test.each([
    ["no mail server", [], /SMTP_URL must name the mail server/],
    ["a day that is none", ["--date", "2026-02-30"], /--date takes a day such as/],
    ["a day to come", ["--date", "2999-01-01"], /is still to come/],
  ])("with %s is one clear line and exit code 2", async (_, args, message) => {
    const { code, stderr } = await paperworks(["digest", "send", ...args]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  });
});

test("serve says where it is, answers there, and ends well when it is told to", async () => {
  let told: Promise<Response> | undefined;
  const ended: Ended = await paperworks(["serve", "--port", "0"], (child) => {
    child.stdout!.on("data", (text) => {
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(String(text))?.[0];
      if (url === undefined) return;
      told = fetch(`${url}/papers/aaren`).finally(() => child.kill("SIGTERM"));
    });
  });
  expect(ended.code).toBe(0);
  const response = await told!;
  expect([response.status, await response.text()]).toEqual([200, expect.stringContaining("Attention as an RNN")]);
}, 90_000);

test("serve on a port that is taken is one clear line and exit code 2", async () => {
  const { code, stderr } = await paperworks(["serve", "--port", new URL(from).port]);
  expect([code, stderr.trim().split("\n").at(-1)]).toEqual([2, expect.stringMatching(/^error: port \d+ is taken/)]);
});
