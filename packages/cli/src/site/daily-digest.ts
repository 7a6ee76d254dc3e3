import { setTimeout as delay } from "node:timers/promises";
import type { Database } from "@paperworks/lab/queue";
import { composeDigest, dayOf, type Mailer, type SiteStore, sendDigest } from "@paperworks/site/server";
import { oneLine } from "../errors.ts";
import type { Output } from "../terminal.ts";

/** The next moment with that time of day. */
export function nextAt(minutes: number, now: Date): Date {
  const today = Date.parse(`${dayOf(now)}T00:00:00Z`) + minutes * 60_000;
  return new Date(today > now.getTime() ? today : today + 86_400_000);
}

export interface DailyDigestOptions {
  readonly store: SiteStore;
  readonly mailer: Mailer;
  readonly siteUrl: string;
  readonly results: string;
  readonly runs: string;
  /** Minutes after midnight, UTC. */
  readonly at: number;
  readonly signal: AbortSignal;
  readonly terminal: { readonly stdout: Output; readonly stderr: Output };
}

/**
 * Sends the digest each day at a time, until the signal, so that a server needs nothing beside it. A day that was missed is not
 * made up for.
 */
export async function sendDaily(database: Database, options: DailyDigestOptions): Promise<void> {
  const { store, mailer, siteUrl, results, runs, at, signal, terminal } = options;
  while (!signal.aborted) {
    const wait = nextAt(at, store.clock()).getTime() - store.clock().getTime();
    await delay(wait, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    try {
      const day = dayOf(store.clock());
      const papers = await composeDigest(store, { results, runs, day });
      if (papers.length === 0) continue;
      const sending = { day, papers, siteUrl, clock: store.clock, signal };
      const { sent, refused, uncertain } = await sendDigest(database, mailer, sending);
      terminal.stdout.line(
        `The digest of ${day} was sent to ${sent}; ${refused.length + uncertain.length} did not get it.`,
      );
    } catch (error) {
      terminal.stderr.line(`the digest: ${oneLine((error as Error).message)}`);
    }
  }
}
