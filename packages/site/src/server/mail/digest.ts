import type { Database } from "@paperworks/lab/queue";
import type { Day } from "../days.ts";
import type { Clock } from "../site-store.ts";
import { type DigestPaper, digestMail } from "./digest-mail.ts";
import { type Mailer, wasRefused } from "./mailer.ts";
import { putToken } from "./subscribers.ts";

export interface DigestOptions {
  readonly day: Day;
  /** The trending ones, the best first; at least one. */
  readonly papers: readonly DigestPaper[];
  /** Where links lead, without a slash at the end. */
  readonly siteUrl: string;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

/** What came of sending a digest. */
export interface DigestOutcome {
  readonly sent: number;
  /** Refused by the mail server for now, or not reached: the next try sends to them. */
  readonly refused: readonly { readonly email: string; readonly problem: string }[];
  /** The connection broke in the middle: they may have it, so nobody sends it again. */
  readonly uncertain: readonly { readonly email: string; readonly problem: string }[];
}

/** How many readers a digest waits for: those who are subscribed and have no claim on that day. */
export async function waitingFor(database: Database, day: Day): Promise<{ id: number; email: string }[]> {
  return database.query<{ id: number; email: string }>(
    `select id, email from paperworks.site_subscribers as subscriber
     where state = 'active' and not exists (
       select 1 from paperworks.site_digests where site_digests.day = $1::date and subscriber = subscriber.id)
     order by id`,
    [day],
  );
}

/**
 * Sends a day's digest to every subscriber who was not sent it. Each mail is claimed in the database before it goes out, in
 * one row a day and reader: at most once. A crash between the claim and the mail costs that one reader that one digest;
 * the other way round would send it twice. A mail that the server certainly did not take gives its claim back.
 */
export async function sendDigest(database: Database, mailer: Mailer, options: DigestOptions): Promise<DigestOutcome> {
  const { day, papers, siteUrl, clock, signal } = options;
  let sent = 0;
  const refused: { email: string; problem: string }[] = [];
  const uncertain: { email: string; problem: string }[] = [];
  for (const { id, email } of await waitingFor(database, day)) {
    if (signal?.aborted) break;
    const token = await claim(database, day, id, clock());
    if (token === undefined) continue;
    try {
      await mailer.send(digestMail(email, { day, papers, siteUrl, token }));
    } catch (error) {
      const problem = (error as Error).message;
      if (wasRefused(error)) {
        await database.query("delete from paperworks.site_digests where day = $1::date and subscriber = $2", [day, id]);
        refused.push({ email, problem });
      } else uncertain.push({ email, problem });
      continue;
    }
    sent++;
    await database.query("update paperworks.site_digests set sent_at = $3 where day = $1::date and subscriber = $2", [
      day,
      id,
      clock().toISOString(),
    ]);
  }
  return { sent, refused, uncertain };
}

/** @returns the token for the mail's link; undefined when another process has the claim or the reader just left */
async function claim(database: Database, day: Day, subscriber: number, now: Date): Promise<string | undefined> {
  return database.transaction(async (on) => {
    const rows = await on.query(
      `insert into paperworks.site_digests (day, subscriber, claimed_at)
       select $1::date, id, $3 from paperworks.site_subscribers where id = $2 and state = 'active'
       on conflict do nothing returning subscriber`,
      [day, subscriber, now.toISOString()],
    );
    return rows.length === 0 ? undefined : putToken(on, subscriber, "unsubscribe", now);
  });
}
