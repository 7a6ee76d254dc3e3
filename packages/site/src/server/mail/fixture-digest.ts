/** Sends a digest in a process of its own, for tests that kill it: database folder, SMTP address, day. */
import { openDatabase } from "@paperworks/lab/queue";
import { SiteStore } from "../site-store.ts";
import { sendDigest } from "./digest.ts";
import { fixturePaper } from "./fixture-paper.ts";
import { smtpMailer } from "./mailer.ts";

const [folder, smtpUrl, day] = process.argv.slice(2);
const database = await openDatabase({ folder });
const store = new SiteStore(database, () => new Date());
await store.database();
const mailer = await smtpMailer({ smtpUrl, from: "papers@example.org" });
const papers = [fixturePaper];
await sendDigest(database, mailer, { day, papers, siteUrl: "http://site.example", clock: store.clock });
mailer.close();
await database.close();
