import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Database, openDatabase } from "@paperworks/lab/queue";
import { decode } from "fast-png";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type FixtureSite, openFixtureSite, openTestDatabase } from "../fixture-site.ts";
import { SiteStore } from "../site-store.ts";
import { composeDigest } from "./compose-digest.ts";
import { sendDigest, waitingFor } from "./digest.ts";
import { fixturePaper } from "./fixture-paper.ts";
import { type FixtureSmtp, openSmtp, recipientOf } from "./fixture-smtp.ts";
import { type Mailer, mailSettings, smtpMailer } from "./mailer.ts";
import { confirmSubscription, requestSubscription } from "./subscribers.ts";

let smtp: FixtureSmtp;
let mailer: Mailer;
let database: Database;
let site: FixtureSite;
beforeAll(async () => {
  database = await openTestDatabase();
  smtp = await openSmtp();
  mailer = await smtpMailer({ smtpUrl: smtp.url, from: "Daily Papers <papers@example.org>" });
}, 60_000);
afterAll(async () => {
  mailer.close();
  await smtp.close();
  await database.close();
});
beforeEach(async () => {
  smtp.mails.length = 0;
  smtp.refused.clear();
  smtp.beforeAnswer = () => {};
  site = await openFixtureSite({ database, mailer, siteUrl: "http://localhost" });
});
afterEach(async () => {
  expect(site.errors).toEqual([]);
  await site.close();
});

const subscribe = async (email: unknown, headers: Record<string, string> = {}) => {
  const response = await site.app.request("http://localhost/api/subscribe", {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ email }),
  });
  await site.settle();
  return response;
};
const open = (path: string, method = "GET") => site.app.request(`http://localhost${path}`, { method });
const pathIn = (text: string | undefined, kind: "confirm" | "unsubscribe") =>
  new RegExp(`http://\\S+?(/${kind}/[A-Za-z0-9_-]{43})`).exec(text ?? "")?.[1] ?? "none";
const confirmed = async (email: string) => {
  await subscribe(email);
  expect((await open(pathIn(smtp.mails.at(-1)?.text, "confirm"))).status).toBe(200);
};
const digest = (day = "2026-11-24", papers = [fixturePaper]) =>
  sendDigest(site.database, mailer, { day, papers, siteUrl: "http://localhost", clock: () => site.time.now });

test("an address is asked first, gets the digest once confirmed, and leaves by one click", async () => {
  const response = await subscribe("Reader@Example.org");
  expect([response.status, await response.json()]).toEqual([202, expect.objectContaining({ status: 202 })]);
  expect(smtp.mails.map(recipientOf)).toEqual(["reader@example.org"]);
  expect((await digest()).sent).toBe(0);
  const confirmation = pathIn(smtp.mails[0].text, "confirm");
  expect((await open(confirmation, "HEAD")).status).toBe(200);
  expect((await open(confirmation)).status).toBe(200);
  expect(await digest()).toEqual({ sent: 1, refused: [], uncertain: [] });
  const mail = smtp.mails[1];
  expect(mail.subject).toBe("Daily Papers, 2026-11-24: A <Made-up> Paper");
  expect(mail.text).toContain("It says something.");
  expect(mail.html).toContain("A &#60;Made-up&#62; Paper");
  expect(mail.text).toContain("2 reproduced, 1 missed");
  const leave = pathIn(mail.text, "unsubscribe");
  expect(mail.headers.get("list")).toMatchObject({
    unsubscribe: { url: `http://localhost${leave}` },
    "unsubscribe-post": { name: "List-Unsubscribe=One-Click" },
  });
  const asked = await (await open(leave)).text();
  expect(asked).toContain(`<form method="post" action="${leave}">`);
  // As a mail program does it (RFC 8058), from another site and without a cookie.
  const left = await site.app.request(`http://localhost${leave}`, {
    method: "POST",
    headers: { "sec-fetch-site": "cross-site", "content-type": "application/x-www-form-urlencoded" },
    body: "List-Unsubscribe=One-Click",
  });
  expect(left.status).toBe(200);
  expect((await digest("2026-11-25")).sent).toBe(0);
});

describe("a link", () => {
  test("works once: neither a confirmation nor a farewell is replayed", async () => {
    await confirmed("a@example.org");
    const confirmation = pathIn(smtp.mails[0].text, "confirm");
    expect((await open(confirmation)).status).toBe(404);
    await digest();
    const leave = pathIn(smtp.mails[1].text, "unsubscribe");
    expect((await open(leave, "POST")).status).toBe(200);
    expect((await open(confirmation)).status).toBe(404);
    // Back again after the pause between two confirmations, and the old farewell does nothing.
    site.time.now = new Date(site.time.now.getTime() + 3_600_000);
    await confirmed("a@example.org");
    expect((await open(leave, "POST")).status).toBe(404);
    expect((await digest("2026-11-25")).sent).toBe(1);
  });

  test("expires", async () => {
    await subscribe("a@example.org");
    site.time.now = new Date(site.time.now.getTime() + 49 * 3_600_000);
    expect((await open(pathIn(smtp.mails[0].text, "confirm"))).status).toBe(404);
  });

  test("of one kind is none of the other", async () => {
    await subscribe("a@example.org");
    const token = pathIn(smtp.mails[0].text, "confirm").slice("/confirm/".length);
    expect((await open(`/unsubscribe/${token}`, "POST")).status).toBe(404);
    expect((await open(`/confirm/${token}`)).status).toBe(200);
  });

  test("is in the database as a hash alone", async () => {
    await subscribe("a@example.org");
    const token = pathIn(smtp.mails[0].text, "confirm").slice("/confirm/".length);
    const rows = await site.database.query("select * from paperworks.site_tokens");
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(token);
    expect((await open(`/confirm/${(rows[0] as { hash: string }).hash}`)).status).toBe(404);
  });

  test("that is guessed again and again is soon not looked at", async () => {
    const statuses: number[] = [];
    for (let guess = 0; guess < 40; guess++)
      statuses.push((await open(`/confirm/${"A".repeat(42)}${guess % 10}`)).status);
    expect(statuses.slice(0, 20)).toEqual(Array(20).fill(404));
    expect(statuses.at(-1)).toBe(429);
  });
});

test("the answer is the same for an address that is known, and no second mail goes there", async () => {
  await confirmed("a@example.org");
  const [known, unknown] = [await subscribe("a@example.org"), await subscribe("b@example.org")];
  expect([known.status, await known.text()]).toEqual([unknown.status, await unknown.text()]);
  expect(smtp.mails.map(recipientOf)).toEqual(["a@example.org", "b@example.org"]);
});

test("an address is asked again only after a while, and a few times a day", async () => {
  for (let minute = 0; minute < 300; minute += 5) {
    await requestSubscription(site.database, "a@example.org", new Date(site.time.now.getTime() + minute * 60_000));
  }
  const [{ count }] = await site.database.query("select count(*)::int as count from paperworks.site_tokens");
  expect(count).toBe(5);
});

describe("nothing is mailed to", () => {
  test.each([
    "",
    "nobody",
    "a@b",
    "a@example.org\r\nBcc: victim@example.org",
    "a@example.org\nSubject: x",
    "a@example.org, victim@example.org",
    "<a@example.org> victim@example.org",
    "a b@example.org",
    `${"a".repeat(250)}@example.org`,
    "a@example.org\0",
    42,
    null,
    ["a@example.org"],
    { address: "a@example.org" },
  ])("%j", async (email) => {
    expect((await subscribe(email)).status).toBe(400);
    expect(smtp.mails).toEqual([]);
  });

  test("an address that another site's page gave", async () => {
    expect((await subscribe("a@example.org", { "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect(smtp.mails).toEqual([]);
  });
});

describe("a digest", () => {
  test("is of the ten papers that trend, with the images of their runs", async () => {
    const folders = { results: join(site.folder, "results"), runs: join(site.folder, "runs") };
    const papers = await composeDigest(site.store, { ...folders, day: "2026-11-24" });
    expect(papers).toHaveLength(10);
    // Without votes the one that was measured is first.
    expect(papers[0]).toMatchObject({
      card: { slug: "aaren" },
      picture: { name: "grid.png", alt: "A grid of samples" },
    });
    expect(await composeDigest(site.store, { ...folders, day: "2020-01-01" })).toEqual([]);
  });

  test("shows a drawing as PNG where a run has no image, and goes out without one that cannot be read", async () => {
    const [figures, runs] = [join(site.folder, "results/aaren/figures"), join(site.folder, "no-runs")];
    mkdirSync(figures, { recursive: true });
    const compose = async (svg: string) => {
      writeFileSync(join(figures, "curve.svg"), svg);
      const folders = { results: join(site.folder, "results"), runs };
      return (await composeDigest(site.store, { ...folders, day: "2026-11-24" }))[0].picture;
    };
    const picture = await compose(
      '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="100"><path d="M0 0h90"/></svg>',
    );
    expect(picture).toMatchObject({ name: "curve.png", alt: "A curve <of loss>" });
    expect(decode(picture!.png)).toMatchObject({ width: 1000, height: 500 });
    expect(await compose("<svg")).toBeNull();
    rmSync(join(site.folder, "results/aaren"), { recursive: true });
  });

  test("has the pictures inside", async () => {
    await confirmed("a@example.org");
    const png = readFileSync(join(site.folder, "runs/aaren-full/images/grid.png"));
    await digest("2026-11-24", [{ ...fixturePaper, picture: { name: "grid.png", png, alt: "A grid" } }]);
    const mail = smtp.mails[1];
    expect(mail.attachments).toMatchObject([{ contentType: "image/png", related: true, filename: "grid.png" }]);
    expect(mail.html).toMatch(/<img src="data:image\/png|cid:/);
  });

  test("is sent to nobody twice, also when two send it at once", async () => {
    for (const name of ["a", "b", "c"]) await confirmed(`${name}@example.org`);
    smtp.mails.length = 0;
    const outcomes = await Promise.all([digest(), digest(), digest()]);
    expect(outcomes.reduce((sum, { sent }) => sum + sent, 0)).toBe(3);
    await digest();
    expect(smtp.mails.map(recipientOf).sort()).toEqual(["a@example.org", "b@example.org", "c@example.org"]);
    expect((await digest("2026-11-25")).sent).toBe(3);
  });

  test("that the server did not take goes out with the next try", async () => {
    await confirmed("a@example.org");
    await confirmed("b@example.org");
    smtp.mails.length = 0;
    smtp.refused.add("a@example.org");
    expect(await digest()).toMatchObject({ sent: 1, refused: [{ email: "a@example.org" }], uncertain: [] });
    smtp.refused.clear();
    expect((await digest()).sent).toBe(1);
    expect(smtp.mails.map(recipientOf)).toEqual(["b@example.org", "a@example.org"]);
  });
});

test("a process that is killed while it sends leaves nobody with two digests, and the next one goes on", async () => {
  const folder = mkdtempSync(join(tmpdir(), "paperworks-digest-"));
  const names = ["a", "b", "c", "d", "e"].map((name) => `${name}@example.org`);
  const opened = await openDatabase({ folder: join(folder, "db") });
  const store = new SiteStore(opened, () => new Date());
  await store.database();
  for (const name of names) {
    const token = await requestSubscription(opened, name, new Date());
    await confirmSubscription(opened, token!, new Date());
  }
  await opened.close();
  const send = (onStart: (pid: number) => void) =>
    new Promise<{ code: number | null; signal: string | null; errors: string }>((resolve) => {
      const script = fileURLToPath(new URL("./fixture-digest.ts", import.meta.url));
      const child = spawn(process.execPath, [script, join(folder, "db"), smtp.url, "2026-11-24"]);
      let errors = "";
      child.stderr.on("data", (text) => {
        errors += text;
      });
      child.on("exit", (code, signal) => resolve({ code, signal, errors }));
      onStart(child.pid!);
    });
  let killed = false;
  let pid = 0;
  // After the server has the third mail and before it says so: the worst moment.
  smtp.beforeAnswer = async () => {
    if (smtp.mails.length < 3 || killed) return;
    killed = true;
    process.kill(pid, "SIGKILL");
  };
  const first = await send((started) => {
    pid = started;
  });
  expect(first.signal).toBe("SIGKILL");
  const second = await send(() => {});
  expect(second).toEqual({ code: 0, signal: null, errors: "" });
  expect(smtp.mails.map(recipientOf)).toEqual(names);
  const again: Database = await openDatabase({ folder: join(folder, "db") });
  expect(await waitingFor(again, "2026-11-24")).toEqual([]);
  await again.close();
  rmSync(folder, { recursive: true });
}, 60_000);

test("a site without a mail server says so", async () => {
  const other = await openFixtureSite({ database });
  const body = JSON.stringify({ email: "a@example.org" });
  const headers = { "content-type": "application/json" };
  const response = await other.app.request("http://localhost/api/subscribe", { method: "POST", headers, body });
  expect([response.status, await response.json()]).toMatchObject([
    503,
    { text: expect.stringMatching(/not set up to send mail/) },
  ]);
  await other.close();
});

test("settings of mail are refused where they are incomplete", () => {
  expect(mailSettings({})).toBeUndefined();
  expect(() => mailSettings({ SMTP_URL: "smtp://x" })).toThrow(/MAIL_FROM must say/);
  expect(() => mailSettings({ SMTP_URL: "http://x", MAIL_FROM: "a@example.org" })).toThrow(
    /no address of a mail server/,
  );
  expect(() => mailSettings({ SMTP_URL: "smtp://x", MAIL_FROM: "a@example.org\r\nBcc: b@example.org" })).toThrow();
});
