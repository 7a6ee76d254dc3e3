import { randomUUID } from "node:crypto";
import type { RunEvent, RunResult } from "@paperworks/experiment";
import type { PgBoss } from "pg-boss";
import { type BossOptions, queueName, startBoss, within } from "./boss.ts";
import type { Database, Queryable, Row } from "./database.ts";
import { ClaimLostError, JobError } from "./errors.ts";
import type { EventBatch } from "./event-log.ts";
import { appendEvents } from "./event-log.ts";
import type { Claim, Job, JobRequest, JobState } from "./job.ts";
import { fromJsonb, jsonbText } from "./jsonb.ts";
import { inWrittenOrder } from "./result-order.ts";

/** The sources that a result was measured with. */
export interface Sources {
  readonly commit: string | null;
  readonly changed: boolean;
}

/** A job's result as the database has it. */
export interface StoredResult extends Sources {
  readonly job: string;
  readonly attempt: number;
  readonly result: RunResult;
}

const opened = new WeakSet<Database>();

interface StoredEvent {
  /** Grows over all runs. */
  readonly id: number;
  readonly at: Date;
  readonly event: Readonly<Record<string, unknown>> & { readonly type: RunEvent["type"] };
}

/**
 * The jobs of a database. Any number of processes may share it: a job is one worker's at a time, and the result of a job
 * is put in one transaction with its end, so that each job has exactly one and a worker that lost its claim has none.
 */
export class JobQueue {
  readonly database: Database;
  readonly #boss: PgBoss;

  private constructor(database: Database, boss: PgBoss) {
    this.database = database;
    this.#boss = boss;
  }

  /** @throws DatabaseError when the queue cannot be started */
  static async open(database: Database, options: BossOptions = {}): Promise<JobQueue> {
    const boss = await startBoss(database, options);
    const queue = new JobQueue(database, boss);
    // A database in the process is no other's: what runs in it when it is opened was lost with an earlier process.
    if (database.kind === "pglite" && !opened.has(database)) await queue.#takeBackAll();
    opened.add(database);
    return queue;
  }

  async #takeBackAll(): Promise<void> {
    const lost = await this.database.query<{ id: string; retry_count: number }>(
      "select id, retry_count from pgboss.job where name = $1 and state = 'active'",
      [queueName],
    );
    const claims = lost.map(({ id, retry_count: retryCount }) => ({ id, retryCount }));
    if (claims.length > 0) await this.#boss.fail(queueName, claims, { message: "its process ended without a word" });
  }

  /** Stops the queue, not the database. */
  async close(): Promise<void> {
    await this.#boss.stop({ graceful: false });
  }

  /** Puts jobs into the queue, all or none. @returns their ids, in order */
  async enqueue(requests: readonly JobRequest[]): Promise<string[]> {
    return this.database.transaction(async (on) => {
      const ids: string[] = [];
      for (const request of requests) ids.push(await this.#put(on, request, null));
      // All of a transaction is of one moment: a microsecond between them keeps the order they were given in.
      for (const [table, column] of [
        ["pgboss.job", "created_on"],
        ["paperworks.runs", "created_at"],
      ]) {
        await on.query(
          `update ${table} as job set ${column} = ${column} + place * interval '1 microsecond'
           from unnest($1::uuid[]) with ordinality as given (id, place) where job.id = given.id`,
          [ids],
        );
      }
      return ids;
    });
  }

  /** Does a job again, as a new job: what the old one came to stays. @throws JobError unless it failed or was cancelled */
  async retry(id: string): Promise<string> {
    return this.database.transaction(async (on) => {
      await on.query("select id from paperworks.runs where id = $1 for update", [id]);
      const job = await this.#one(on, id);
      if (job.state !== "failed" && job.state !== "cancelled") {
        throw new JobError(`job ${id} is ${job.state}; only one that failed or was cancelled is done again`);
      }
      const [again] = await on.query<{ id: string }>("select id from paperworks.runs where retry_of = $1", [id]);
      if (again !== undefined) throw new JobError(`job ${id} is done again already, as job ${again.id}`);
      const sweep = job.sweep === null ? undefined : { id: job.sweep, point: job.point! };
      const { slug, mode, seed, seeds, settings, priority } = job;
      return this.#put(on, { slug, mode, seed, seeds, settings, priority, sweep }, id);
    });
  }

  /** Takes a job out; a worker that has it stops. @throws JobError when it has ended or is not there */
  async cancel(id: string): Promise<void> {
    await this.database.transaction(async (on) => {
      await on.query("select id from paperworks.runs where id = $1 for update", [id]);
      const job = await this.#one(on, id);
      if (job.state !== "waiting" && job.state !== "running") {
        throw new JobError(`job ${id} is ${job.state} already`);
      }
      await this.#boss.cancel(queueName, id, within(on));
      await on.query("update paperworks.runs set cancelled_at = now() where id = $1", [id]);
    });
  }

  /** Puts jobs that wait before all others. */
  async bringForward(ids: readonly string[]): Promise<void> {
    await this.database.query(
      `with front as (
         select coalesce(max(priority), 0) + 1 as priority from pgboss.job
         where name = '${queueName}' and state < 'active' and id <> all($1::uuid[])
       ), moved as (
         update pgboss.job set priority = greatest(job.priority, front.priority) from front
         where job.name = '${queueName}' and job.state < 'active' and job.id = any($1::uuid[])
         returning job.id, job.priority
       )
       update paperworks.runs set priority = moved.priority from moved where runs.id = moved.id`,
      [ids],
    );
  }

  /** Jobs, newest first; those of a sweep in the order of its points. */
  async list({
    sweep,
    state,
    limit = 1000,
  }: {
    sweep?: string;
    state?: JobState;
    limit?: number;
  } = {}): Promise<Job[]> {
    const rows = await this.database.query<JobRow>(
      `select * from (${jobsSql}) as jobs
       where ($1::text is null or sweep = $1) and ($2::text is null or state = $2)
       order by case when $1::text is not null then point end, created_at desc, id limit $3`,
      [sweep ?? null, state ?? null, limit],
    );
    return rows.map(jobOf);
  }

  /** A job by its id, or by the beginning of it. @throws JobError when none or several have it */
  async find(id: string): Promise<Job> {
    const begins = id.toLowerCase();
    if (!/^[0-9a-f-]{4,36}$/.test(begins)) throw new JobError(`"${id}" is no id of a job (4 characters or more of it)`);
    const rows = await this.database.query<JobRow>(
      `select * from (${jobsSql}) as jobs where id::text like $1 limit 2`,
      [`${begins}%`],
    );
    if (rows.length === 0) throw new JobError(`no job is called "${id}"`);
    if (rows.length > 1) throw new JobError(`more than one job begins with "${id}": write more of it`);
    return jobOf(rows[0]);
  }

  /** Takes the next job, of the highest priority the oldest; undefined when none waits. */
  async claim(worker: string): Promise<Claim | undefined> {
    const [taken] = await this.#boss.fetch<object>(queueName, { batchSize: 1 });
    if (taken === undefined) return undefined;
    const { id, retryCount: attempt } = taken;
    const [row] = await this.database.query<JobRow & { given_back: number }>(
      `update paperworks.runs set attempt = $2, worker = $3, started_at = coalesce(started_at, now())
       where id = $1 and attempt < $2 and cancelled_at is null returning *, 'running' as state`,
      [id, attempt, worker],
    );
    if (row === undefined) {
      // Cancelled between the two statements.
      await this.#boss.cancel(queueName, { id, retryCount: attempt });
      return undefined;
    }
    return {
      id,
      attempt,
      request: requestOf(row),
      losses: attempt - row.given_back,
      heartbeatSeconds: taken.heartbeatSeconds ?? 30,
    };
  }

  /** Says that the worker lives. False when the job is no longer its own. */
  async heartbeat({ id, attempt }: Claim): Promise<boolean> {
    const { affected } = (await this.#boss.touch(queueName, { id, retryCount: attempt })) as { affected: number };
    return affected === 1;
  }

  /**
   * Puts a job's result, its last events and its end, all or none.
   * @throws ClaimLostError when the job is no longer this attempt's
   */
  async settle(claim: Claim, result: RunResult, sources: Sources, events: EventBatch): Promise<void> {
    const { id, attempt } = claim;
    if (result.status === "interrupted") throw new JobError(`job ${id} has not ended: give it back`);
    await this.database.transaction(async (on) => {
      await this.#hold(on, claim);
      await this.#end(claim, this.#boss.complete(queueName, { id, retryCount: attempt }, null, within(on)));
      await appendEvents(on, claim, events);
      await on.query(
        `insert into paperworks.results (run, attempt, status, result, "commit", changed) values ($1, $2, $3, $4, $5, $6)`,
        [id, attempt, result.status, jsonbText(result), sources.commit, sources.changed],
      );
    });
  }

  /** Gives a job back unfinished, for any worker to go on with. @throws ClaimLostError when it is no longer this one's */
  async giveBack(claim: Claim, events: EventBatch): Promise<void> {
    const { id, attempt } = claim;
    await this.database.transaction(async (on) => {
      await this.#hold(on, claim);
      await appendEvents(on, claim, events);
      await on.query("update paperworks.runs set given_back = given_back + 1, worker = null where id = $1", [id]);
      const output = { message: "given back by its worker" };
      await this.#end(claim, this.#boss.fail(queueName, { id, retryCount: attempt }, output, within(on)));
    });
  }

  /** Results in the order they came. */
  async results({ sweep }: { sweep?: string } = {}): Promise<StoredResult[]> {
    const rows = await this.database.query<{
      run: string;
      attempt: number;
      result: unknown;
      commit: string | null;
      changed: boolean;
    }>(
      `select results.run, results.attempt, result, "commit", changed
       from paperworks.results join paperworks.runs on runs.id = results.run
       where $1::text is null or runs.sweep = $1 order by results.at, results.run`,
      [sweep ?? null],
    );
    return rows.map(({ run, result, ...rest }) => ({
      job: run,
      ...rest,
      result: inWrittenOrder(fromJsonb(result) as RunResult),
    }));
  }

  /** What happened in a job, in order, after the event with an id. */
  async events(job: string, { after = 0, limit = 10_000 } = {}): Promise<StoredEvent[]> {
    const rows = await this.database.query<{ id: string | number; at: Date; event: unknown }>(
      "select id, at, event from paperworks.run_events where run = $1 and id > $2 order by id limit $3",
      [job, after, limit],
    );
    return rows.map(({ id, at, event }) => ({
      id: Number(id),
      at,
      event: fromJsonb(event) as StoredEvent["event"],
    }));
  }

  async #put(on: Queryable, request: JobRequest, retryOf: string | null): Promise<string> {
    const { slug, mode, seed, seeds, settings, priority = 0, sweep } = request;
    const id = randomUUID();
    await on.query(
      `insert into paperworks.runs (id, slug, mode, seed, seeds, settings, priority, sweep, point, retry_of)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [id, slug, mode, seed, seeds, jsonbText(settings), priority, sweep?.id ?? null, sweep?.point ?? null, retryOf],
    );
    await this.#boss.send(queueName, { slug }, { id, priority, ...within(on) });
    return id;
  }

  async #one(on: Queryable, id: string): Promise<Job> {
    const [row] = await on.query<JobRow>(`select * from (${jobsSql}) as jobs where id = $1`, [id]);
    if (row === undefined) throw new JobError(`no job is called "${id}"`);
    return jobOf(row);
  }

  /** Holds the job's row until the transaction ends, so that no later attempt begins meanwhile. */
  async #hold(on: Queryable, { id, attempt }: Claim): Promise<void> {
    const rows = await on.query(
      "select id from paperworks.runs where id = $1 and attempt = $2 and cancelled_at is null for update",
      [id, attempt],
    );
    if (rows.length === 0) throw new ClaimLostError(id, attempt);
  }

  /** The fence: pg-boss ends a job only for the attempt that has it, and without that nothing of ours is kept. */
  async #end({ id, attempt }: Claim, ending: Promise<unknown>): Promise<void> {
    const { affected } = (await ending) as { affected: number };
    if (affected !== 1) throw new ClaimLostError(id, attempt);
  }
}

interface JobRow extends Row {
  readonly id: string;
  readonly slug: string;
  readonly mode: Job["mode"];
  readonly seed: number;
  readonly seeds: number | null;
  readonly settings: unknown;
  readonly priority: number;
  readonly sweep: string | null;
  readonly point: number | null;
  readonly retry_of: string | null;
  readonly attempt: number;
  readonly worker: string | null;
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly state: JobState;
  readonly ended_at?: Date | null;
  readonly error?: string | null;
}

const jobsSql = `
  select runs.*,
    case when results.status is not null then results.status
         when runs.cancelled_at is not null then 'cancelled'
         when job.state = 'active' then 'running'
         else 'waiting' end as state,
    coalesce(results.at, runs.cancelled_at) as ended_at,
    results.result -> 'error' ->> 'message' as error
  from paperworks.runs
  left join paperworks.results on results.run = runs.id
  left join pgboss.job on job.id = runs.id and job.name = '${queueName}'`;

function requestOf({ slug, mode, seed, seeds, settings, priority }: JobRow): JobRequest {
  return { slug, mode, seed, seeds, settings: fromJsonb(settings) as JobRequest["settings"], priority };
}

function jobOf(row: JobRow): Job {
  return {
    id: row.id,
    slug: row.slug,
    mode: row.mode,
    seed: row.seed,
    seeds: row.seeds,
    settings: fromJsonb(row.settings) as Job["settings"],
    priority: row.priority,
    state: row.state,
    sweep: row.sweep,
    point: row.point,
    retryOf: row.retry_of,
    attempts: row.attempt + 1,
    worker: row.worker,
    created: row.created_at,
    started: row.started_at,
    ended: row.ended_at ?? null,
    error: row.error ?? null,
  };
}
