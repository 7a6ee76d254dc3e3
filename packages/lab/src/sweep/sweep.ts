import { createHash } from "node:crypto";
import { type ClaimResult, type MetricResult, type Paper, type RunMode, resolveSettings } from "@paperworks/experiment";
import type { Job, JobState } from "../queue/job.ts";
import type { JobQueue } from "../queue/job-queue.ts";
import { jsonbText } from "../queue/jsonb.ts";
import { type Axis, readAxes } from "./axes.ts";
import { SweepError } from "./errors.ts";
import { gridPoints, type Point, randomPoints } from "./points.ts";

export interface SweepRequest {
  /** The axes as text: "0.01,0.03" or "0.001..0.1" by setting. */
  readonly set: Readonly<Record<string, string>>;
  readonly mode: RunMode;
  /** The first seed of every run. */
  readonly seed?: number;
  /** Seeds of every replicate; the card's if not said. */
  readonly seeds?: number;
  /** So many random points in place of the grid. */
  readonly random?: { readonly count: number; readonly seed: number };
}

/** A sweep: its axes and the points on them, each of which is one run. */
export interface Sweep {
  /** Follows from all but the number of random points, so that the same sweep again is this one gone on with. */
  readonly id: string;
  readonly paper: Paper;
  readonly mode: RunMode;
  readonly seed: number;
  readonly seeds: number | null;
  readonly axes: readonly Axis[];
  readonly points: readonly Point[];
}

/** What one point came to so far. */
export interface SweepRow {
  /** From 0. */
  readonly point: number;
  readonly settings: Point;
  readonly job: string;
  readonly state: JobState;
  readonly error: string | null;
  readonly seconds: number | null;
  readonly claims: readonly ClaimResult[];
  readonly metrics: Readonly<Record<string, MetricResult>>;
}

/**
 * Plans a sweep: everything is checked before anything runs.
 * @throws SettingError, SweepError for axes that cannot be
 */
export function planSweep(paper: Paper, request: SweepRequest): Sweep {
  const { set, mode, seed = 0, seeds = null, random } = request;
  const axes = readAxes(paper.settings, set);
  if (axes.length === 0) {
    const known = Object.keys(paper.settings).join(", ") || "none";
    throw new SweepError(`a sweep needs a setting to go through; ${paper.slug} has ${known}`);
  }
  const points = random === undefined ? gridPoints(axes) : randomPoints(axes, random);
  const identity = { slug: paper.slug, mode, seed, seeds, axes, random: random?.seed ?? null };
  const id = createHash("sha256").update(jsonbText(identity)).digest("hex").slice(0, 12);
  return { id, paper, mode, seed, seeds, axes, points };
}

/**
 * Puts the points of a sweep that were not run yet into the queue, those that failed or were cancelled anew, and all
 * that wait before every other job.
 * @returns how many were done before
 */
export async function startSweep(queue: JobQueue, sweep: Sweep): Promise<{ readonly done: number }> {
  const { id, paper, mode, seed, seeds, axes, points } = sweep;
  await queue.database.query(
    "insert into paperworks.sweeps (id, definition) values ($1, $2) on conflict (id) do nothing",
    [id, jsonbText({ slug: paper.slug, mode, seed, seeds, axes })],
  );
  const jobs = await latestJobs(queue, sweep);
  const missing = points.flatMap((point, index) => {
    if (jobs.has(index)) return [];
    const settings = resolveSettings(paper.settings, point);
    return [{ slug: paper.slug, mode, seed, seeds, settings, sweep: { id, point: index } }];
  });
  await queue.enqueue(missing);
  for (const { id: job, state } of jobs.values()) {
    if (state === "failed" || state === "cancelled") await queue.retry(job);
  }
  const waiting = [...(await latestJobs(queue, sweep)).values()].filter(({ state }) => state === "waiting");
  await queue.bringForward(waiting.map((job) => job.id));
  return { done: [...jobs.values()].filter(({ state }) => state === "finished").length };
}

/** How many points have not come to their end. */
export async function openPoints(queue: JobQueue, sweep: Sweep): Promise<number> {
  const jobs = [...(await latestJobs(queue, sweep)).values()];
  return jobs.filter(({ state }) => state === "waiting" || state === "running").length;
}

/** What each point came to, in their order. */
export async function sweepRows(queue: JobQueue, sweep: Sweep): Promise<SweepRow[]> {
  const jobs = await latestJobs(queue, sweep);
  const results = new Map((await queue.results({ sweep: sweep.id })).map(({ job, result }) => [job, result]));
  return [...jobs].map(([point, { id, state, error }]) => {
    const result = results.get(id);
    return {
      point,
      settings: sweep.points[point],
      job: id,
      state,
      error,
      seconds: result?.seconds ?? null,
      claims: result?.claims ?? [],
      metrics: result?.metrics ?? {},
    };
  });
}

/** The latest try of each point that has one, by point. */
async function latestJobs(queue: JobQueue, { id, points }: Sweep): Promise<Map<number, Job>> {
  const jobs = await queue.list({ sweep: id, limit: 100_000 });
  const again = new Set(jobs.map(({ retryOf }) => retryOf));
  const latest = jobs.filter((job) => !again.has(job.id) && job.point! < points.length);
  return new Map(latest.map((job) => [job.point!, job] as const).toSorted(([one], [other]) => one - other));
}
