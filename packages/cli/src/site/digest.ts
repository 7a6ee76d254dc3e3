import { composeDigest, dayOf, isDay, mailSettings, sendDigest, smtpMailer, waitingFor } from "@paperworks/site/server";
import type { CommandContext } from "../commands/context.ts";
import { oneLine, UsageError } from "../errors.ts";
import { exitCodes } from "../flags.ts";
import type { DatabaseFlags } from "../queue/open-queue.ts";
import { stopOnSignals } from "../stop-on-signals.ts";
import { withStore } from "./papers.ts";
import { siteUrlOf } from "./site-url.ts";

export interface DigestFlags extends DatabaseFlags {
  readonly dryRun?: boolean;
  readonly date?: string;
  readonly results: string;
  readonly runs: string;
}

/** Sends the digest of a day. Exit code 1 when some of it did not go out. */
export async function sendDailyDigest(flags: DigestFlags, { terminal, end }: CommandContext): Promise<void> {
  const { stdout, stderr } = terminal;
  const today = dayOf(new Date());
  const day = flags.date ?? today;
  if (!isDay(day)) throw new UsageError(`--date takes a day such as ${today}, not "${day}"`);
  if (day > today) throw new UsageError(`--date ${day} is still to come; today is ${today}`);
  const settings = mailSettings(process.env);
  const siteUrl = siteUrlOf(process.env);
  if (!flags.dryRun && settings === undefined)
    throw new UsageError("SMTP_URL must name the mail server, MAIL_FROM the sender");
  if (!flags.dryRun && siteUrl === undefined)
    throw new UsageError("SITE_URL must say where the site is, for the links");
  await withStore(flags, async (store) => {
    const database = await store.database();
    const papers = await composeDigest(store, { ...flags, day });
    const readers = await waitingFor(database, day);
    const whom = `${readers.length} ${readers.length === 1 ? "subscriber" : "subscribers"}`;
    if (papers.length === 0) return stdout.line(`No paper was listed by ${day}: nothing is sent.`);
    if (flags.dryRun) {
      stdout.line(`The digest of ${day} would go to ${whom}:`);
      for (const { card } of papers)
        stdout.line(`  ${card.title} (${card.votes} ${card.votes === 1 ? "vote" : "votes"})`);
      return;
    }
    const mailer = await smtpMailer(settings!);
    const stop = stopOnSignals((text) => stderr.line(text));
    try {
      const options = { day, papers, siteUrl: siteUrl!, clock: store.clock, signal: stop.signal };
      const { sent, refused, uncertain } = await sendDigest(database, mailer, options);
      stdout.line(`The digest of ${day} was sent to ${sent} of ${whom}.`);
      for (const { email, problem } of refused)
        stderr.line(`${email}: not taken, the next try sends it: ${oneLine(problem)}`);
      for (const { email, problem } of uncertain) {
        stderr.line(`${email}: may have it, so it is not sent again: ${oneLine(problem)}`);
      }
      if (refused.length + uncertain.length > 0) end(exitCodes.notReproduced);
      if (stop.signal.aborted) end(exitCodes.interrupted);
    } finally {
      stop.dispose();
      mailer.close();
    }
  });
}
