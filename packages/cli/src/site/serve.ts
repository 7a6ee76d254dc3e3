import { setTimeout as delay } from "node:timers/promises";
import { type JobQueue, openDatabase } from "@paperworks/lab/queue";
import { createSite, isLoopback, listen, mailSettings, smtpMailer } from "@paperworks/site/server";
import type { CommandContext } from "../commands/context.ts";
import { oneLine, UsageError } from "../errors.ts";
import type { DatabaseFlags } from "../queue/open-queue.ts";
import type { WorkFlags } from "../queue/work-flags.ts";
import { stopOnSignals } from "../stop-on-signals.ts";
import { sendDaily } from "./daily-digest.ts";
import { openPages } from "./pages.ts";
import { type OpenedQueue, startQueue } from "./server-queue.ts";
import { siteUrlOf } from "./site-url.ts";

export interface ServeFlags extends DatabaseFlags, Omit<WorkFlags, "jobs"> {
  readonly port: number;
  readonly host: string;
  readonly results: string;
  readonly workers: number;
  readonly token?: string;
  /** Minutes after midnight, UTC. */
  readonly digestAt?: number;
}

/** Serves the site until it is told to stop. The database opens while the first pages go out. */
export async function serveSite(flags: ServeFlags, context: CommandContext): Promise<void> {
  const { stdout, stderr } = context.terminal;
  if (flags.port > 65_535) throw new UsageError(`--port ${flags.port} is over 65535`);
  const settings = mailSettings(process.env);
  const siteUrl = siteUrlOf(process.env);
  const local = isLoopback(flags.host);
  if (!local && settings !== undefined && siteUrl === undefined) {
    throw new UsageError("SITE_URL must say where the site is: the links in its mails lead there");
  }
  if (flags.digestAt !== undefined && (settings === undefined || siteUrl === undefined)) {
    throw new UsageError("--digest-at needs SMTP_URL, MAIL_FROM and SITE_URL");
  }
  // A folder that is not there would fail every run.
  const data = await (await import("@paperworks/lab/open-data")).openData(flags.data);
  const pages = await openPages(stderr);
  const mailer = settings === undefined ? undefined : await smtpMailer(settings);
  const database = openDatabase({ folder: flags.database });
  const stop = stopOnSignals(() => {});
  const token = flags.token ?? (process.env.PAPERWORKS_TOKEN || undefined);
  let queue: Promise<OpenedQueue> | undefined;
  let daily: Promise<void> | undefined;
  const openQueue = async (): Promise<JobQueue> => {
    queue ??= startQueue(database, flags, context, stop.signal);
    return (await queue).queue;
  };
  const site = createSite({
    database,
    results: flags.results,
    runs: flags.runs,
    ...pages,
    sourceOf: async (paper) => (await import("@paperworks/site/source")).annotatedSource(paper),
    data,
    mailer,
    siteUrl,
    serverRuns: { queue: openQueue, isLocal: local && siteUrl === undefined, token },
    isKnownHost: knownHosts(local, siteUrl),
    onError: (error) => stderr.line(`error: ${oneLine(error.stack ?? error.message)}`),
  });
  try {
    const { url, close } = await listen(site.app, flags);
    try {
      stdout.line(`Daily Papers is at ${url} (Ctrl-C ends it)`);
      const opened = await site.store.database();
      // The first search makes the index: better now than when somebody waits for it.
      site.app.request("http://localhost/api/search?q=attention");
      const { digestAt: at, results, runs } = flags;
      if (at !== undefined && mailer !== undefined && siteUrl !== undefined) {
        const { signal } = stop;
        daily = sendDaily(opened, {
          store: site.store,
          mailer,
          siteUrl,
          results,
          runs,
          at,
          signal,
          terminal: context.terminal,
        });
      }
      // Runs that were left waiting go on.
      if (flags.workers > 0) await openQueue();
      await delay(2 ** 31 - 1, undefined, { signal: stop.signal, ref: true }).catch(() => {});
    } finally {
      site.close();
      await close();
    }
  } finally {
    stop.dispose();
    await site.settle();
    await daily;
    await (await queue?.catch(() => undefined))?.close();
    mailer?.close();
    await (await database.catch(() => undefined))?.close();
  }
}

/** Which names the site answers to: this machine's, and its own. Open to all machines and without a name of its own, to any. */
function knownHosts(local: boolean, siteUrl: string | undefined): (hostname: string) => boolean {
  if (!local && siteUrl === undefined) return () => true;
  const own = siteUrl === undefined ? undefined : new URL(siteUrl).hostname;
  return (hostname) => hostname === own || isLoopback(hostname);
}
