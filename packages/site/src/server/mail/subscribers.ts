import type { Database, Queryable } from "@paperworks/lab/queue";
import { z } from "zod";
import { millisecondsADay } from "../days.ts";
import { hashToken, randomToken } from "../secrets.ts";

/** An address as the digest takes it: small letters, one mailbox, nothing a header could be made of. */
export const emailSchema = z
  .string()
  .max(254)
  .transform((text) => text.trim().toLowerCase())
  .pipe(z.email());

type Purpose = "confirm" | "unsubscribe";

/** A confirmation is asked for within two days; a digest is kept, so its link lasts for more than a year. */
const lifetimeDays: Readonly<Record<Purpose, number>> = { confirm: 2, unsubscribe: 400 };
const minutesBetweenConfirmations = 10;
const confirmationsADay = 5;

/**
 * Notes that somebody asks for the digest at an address.
 * @returns the token to mail there; undefined when nothing is to be mailed: it has the digest already, or was asked to
 *   confirm a moment ago, or too often today
 */
export async function requestSubscription(database: Database, email: string, now: Date): Promise<string | undefined> {
  return database.transaction(async (on) => {
    const [{ id, state }] = await on.query<{ id: number; state: string }>(
      `insert into paperworks.site_subscribers (email, state, created_at) values ($1, 'pending', $2)
       on conflict (email) do update set email = excluded.email returning id, state`,
      [email, now.toISOString()],
    );
    if (state === "active") return undefined;
    const [{ today, latest }] = await on.query<{ today: number; latest: Date | null }>(
      `select count(*)::int as today, max(created_at) as latest from paperworks.site_tokens
       where subscriber = $1 and purpose = 'confirm' and created_at > $2`,
      [id, new Date(now.getTime() - millisecondsADay).toISOString()],
    );
    const recent = latest !== null && now.getTime() - latest.getTime() < minutesBetweenConfirmations * 60_000;
    if (recent || today >= confirmationsADay) return undefined;
    return putToken(on, id, "confirm", now);
  });
}

/** Takes a token that was mailed to confirm an address. False when it was used, has expired or was never given. */
export async function confirmSubscription(database: Database, token: string, now: Date): Promise<boolean> {
  return database.transaction(async (on) => {
    const subscriber = await useToken(on, token, "confirm", now);
    if (subscriber === undefined) return false;
    await on.query(
      `update paperworks.site_subscribers set state = 'active', confirmed_at = $2, left_at = null where id = $1`,
      [subscriber, now.toISOString()],
    );
    // Of several mails that asked the same, one answer is enough.
    await on.query(
      `update paperworks.site_tokens set used_at = $2 where subscriber = $1 and purpose = 'confirm' and used_at is null`,
      [subscriber, now.toISOString()],
    );
    return true;
  });
}

/** Whether a token would unsubscribe somebody, without using it. */
export async function canUnsubscribe(database: Database, token: string, now: Date): Promise<boolean> {
  const rows = await database.query(
    `select hash from paperworks.site_tokens
     where hash = $1 and purpose = 'unsubscribe' and used_at is null and expires_at > $2`,
    [hashToken(token), now.toISOString()],
  );
  return rows.length > 0;
}

/** Takes a token of a digest. False when it was used, has expired or was never given. */
export async function unsubscribe(database: Database, token: string, now: Date): Promise<boolean> {
  return database.transaction(async (on) => {
    const subscriber = await useToken(on, token, "unsubscribe", now);
    if (subscriber === undefined) return false;
    await on.query("update paperworks.site_subscribers set state = 'left', left_at = $2 where id = $1", [
      subscriber,
      now.toISOString(),
    ]);
    return true;
  });
}

/** Makes a token for a subscriber; its hash alone is kept. */
export async function putToken(on: Queryable, subscriber: number, purpose: Purpose, now: Date): Promise<string> {
  const token = randomToken();
  const expires = new Date(now.getTime() + lifetimeDays[purpose] * millisecondsADay);
  await on.query(
    `insert into paperworks.site_tokens (hash, subscriber, purpose, created_at, expires_at) values ($1, $2, $3, $4, $5)`,
    [hashToken(token), subscriber, purpose, now.toISOString(), expires.toISOString()],
  );
  return token;
}

/** Uses a token up, in one statement, so that of two who come at once one has it. @returns its subscriber */
async function useToken(on: Queryable, token: string, purpose: Purpose, now: Date): Promise<number | undefined> {
  const [row] = await on.query<{ subscriber: number }>(
    `update paperworks.site_tokens set used_at = $3
     where hash = $1 and purpose = $2 and used_at is null and expires_at > $3 returning subscriber`,
    [hashToken(token), purpose, now.toISOString()],
  );
  return row?.subscriber;
}
