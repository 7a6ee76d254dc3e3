import { setTimeout as delay } from "node:timers/promises";
import { resolveSettings, SettingError, stringifyJson } from "@paperworks/experiment";
import { type Database, fromJsonb, type Job, JobError, type JobQueue } from "@paperworks/lab/queue";
import type { Context, MiddlewareHandler } from "hono";
import { type SSEStreamingApi, streamSSE } from "hono/streaming";
import { z } from "zod";
import { answerMessage } from "../answers.ts";
import { RequestProblem } from "../errors.ts";
import { moduleOf } from "../modules.ts";
import { RateLimiter } from "../rate-limit.ts";
import { readBody } from "../request-body.ts";
import { sameOriginOnly } from "../request-origin.ts";
import { sameText } from "../secrets.ts";
import { mayRun, type ServerRuns, signIn } from "../server-runs.ts";
import { type Site, spend } from "../site.ts";

const runSchema = z.strictObject({
  mode: z.enum(["quick", "full"]).default("quick"),
  seed: z.coerce.number().int().min(0).max(2_147_483_647).default(0),
  seeds: z.coerce.number().int().min(1).max(100).nullable().default(null),
  settings: z.record(z.string().max(100), z.union([z.number(), z.boolean(), z.string().max(200)])).default({}),
});

/** Jobs that may wait at a time, and streams that may be open. */
const mostWaiting = 20;
const mostStreams = 50;
/** Milliseconds between two looks for new events, and between two signs of life. */
const lookMilliseconds = 400;
const aliveMilliseconds = 15_000;

/** Runs on the server, by the lab's queue: only for who may. */
export function addRunRoutes(site: Site, runs: ServerRuns | undefined, closing: AbortSignal): void {
  if (runs === undefined) return;
  const { app, store } = site;
  const starts = new RateLimiter({ burst: 10, perMinute: 10 });
  const guesses = new RateLimiter({ burst: 5, perMinute: 5 });
  let streams = 0;

  const allowed: MiddlewareHandler = async (c, next) => {
    if (!(await mayRun(c, runs, { key: () => store.cookieKey(), now: store.clock() }))) {
      const headers = { "www-authenticate": "Bearer" };
      throw new RequestProblem(401, "Not for all", "Running on this server takes its token.", headers);
    }
    await next();
  };

  if (runs.token !== undefined) {
    app.get("/sign-in", async (c) =>
      answerMessage(site, c, {
        status: 200,
        title: "Sign in",
        text: "Whoever has the token of this server runs papers on it, and with its data files in the page, for a month.",
        action: { url: "/api/sign-in", label: "Sign in", field: { name: "token", label: "Token" } },
      }),
    );
  }

  app.post("/api/sign-in", sameOriginOnly, async (c) => {
    spend(guesses, c);
    const { token } = await readBody(c, z.strictObject({ token: z.string().min(1).max(500) }));
    if (runs.token === undefined || !sameText(token, runs.token)) {
      throw new RequestProblem(401, "Not the token", "That is not the token of this server.");
    }
    signIn(c, runs.token, await store.cookieKey(), store.clock());
    return answerMessage(site, c, {
      status: 200,
      title: "Signed in",
      text: "Papers can be run on the server from here.",
    });
  });

  app.post("/api/papers/:slug/runs", sameOriginOnly, allowed, async (c) => {
    spend(starts, c);
    const { mode, seed, seeds, settings } = await readBody(c, runSchema);
    const slug = c.req.param("slug");
    const paper = await moduleOf(slug);
    if (paper === undefined) throw new RequestProblem(404, "Nothing to run", "There is no module for such a paper.");
    const queue = await runs.queue();
    const waiting = await queue.list({ state: "waiting", limit: mostWaiting });
    if (waiting.length >= mostWaiting) {
      throw new RequestProblem(503, "Much to do", `${waiting.length} runs are waiting already.`, {
        "retry-after": "60",
      });
    }
    const [id] = await queue.enqueue([{ slug, mode, seed, seeds, settings: settingsOf(paper.settings, settings) }]);
    return c.json({ id, events: `/api/runs/${id}/events` }, 202);
  });

  app.get("/api/runs/:id", allowed, async (c) => {
    const job = await find(runs, c);
    c.header("cache-control", "no-store");
    return c.json(summaryOf(job));
  });

  app.post("/api/runs/:id/cancel", sameOriginOnly, allowed, async (c) => {
    const { id } = await find(runs, c);
    try {
      await (await runs.queue()).cancel(id);
    } catch (error) {
      if (error instanceof JobError) throw new RequestProblem(409, "Too late", error.message);
      throw error;
    }
    return c.json({ id, state: "cancelled" });
  });

  // What happened so far and what happens from now on, each with its number; a browser that comes back says the last one it
  // had (Last-Event-ID) and misses nothing.
  app.get("/api/runs/:id/events", allowed, async (c) => {
    const { id } = await find(runs, c);
    const last = c.req.header("last-event-id") ?? "0";
    if (!/^\d{1,15}$/.test(last)) throw new RequestProblem(400, "Not understood", "Last-Event-ID is no number.");
    if (streams >= mostStreams) throw new RequestProblem(503, "Much to do", "Too many are watching runs.");
    const queue = await runs.queue();
    streams++;
    return streamSSE(c, async (stream) => {
      const isOver = () => stream.aborted || closing.aborted;
      try {
        await follow({ queue, id, after: Number(last), isOver, closing }, stream);
      } catch (error) {
        // The browser asks again; what it was is for the log alone.
        site.behind(Promise.reject(error));
      } finally {
        streams--;
      }
    });
  });
}

interface Followed {
  readonly queue: JobQueue;
  readonly id: string;
  readonly after: number;
  readonly isOver: () => boolean;
  readonly closing: AbortSignal;
}

/** Writes the events of a job as they come, and at its end what it came to. */
async function follow({ queue, id, after: first, isOver, closing }: Followed, stream: SSEStreamingApi): Promise<void> {
  let after = first;
  let written = performance.now();
  while (!isOver()) {
    // Asked before the events: those of a job that has ended are all there.
    const job = await queue.find(id);
    const events = await queue.events(id, { after, limit: 500 });
    for (const { id: number, at, event } of events) {
      await stream.writeSSE({ id: String(number), data: stringifyJson({ time: at.toISOString(), ...event }) });
      after = number;
      written = performance.now();
    }
    if (events.length > 0) continue;
    if (job.ended !== null) {
      const result = await resultOf(queue.database, id);
      await stream.writeSSE({ event: "end", data: stringifyJson({ ...summaryOf(job), result }) });
      return;
    }
    if (performance.now() - written > aliveMilliseconds) {
      await stream.write(": alive\n\n");
      written = performance.now();
    }
    await delay(lookMilliseconds, undefined, { signal: closing }).catch(() => {});
  }
}

function settingsOf(
  declared: Parameters<typeof resolveSettings>[0],
  given: Parameters<typeof resolveSettings>[1],
): ReturnType<typeof resolveSettings> {
  try {
    return resolveSettings(declared, given);
  } catch (error) {
    if (error instanceof SettingError) throw new RequestProblem(400, "Not understood", error.message);
    throw error;
  }
}

async function find(runs: ServerRuns, c: Context): Promise<Job> {
  const id = c.req.param("id") ?? "";
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) throw noRun();
  try {
    return await (await runs.queue()).find(id);
  } catch (error) {
    if (error instanceof JobError) throw noRun();
    throw error;
  }
}

function noRun(): RequestProblem {
  return new RequestProblem(404, "No such run", "There is no run of that number.");
}

function summaryOf({ id, slug, mode, seed, settings, state, created, started, ended, error }: Job) {
  const [createdAt, startedAt, endedAt] = [created, started, ended].map((time) => time?.toISOString() ?? null);
  return { id, slug, mode, seed, settings, state, created: createdAt, started: startedAt, ended: endedAt, error };
}

async function resultOf(database: Database, id: string): Promise<unknown> {
  const [row] = await database.query("select result from paperworks.results where run = $1", [id]);
  return row === undefined ? null : fromJsonb(row.result);
}
