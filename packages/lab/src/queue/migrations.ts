import type { Database, Queryable } from "./database.ts";
import { DatabaseError } from "./errors.ts";

/** Any number of our own, so that two processes do not bring the tables up at the same time. */
const lock = 7_203_401;

/**
 * The tables, step by step; a step that was released is never changed, the next one follows it.
 *
 *   runs         one row a job: what is to be run, and whose it is now
 *   run_events   what happens in runs, only appended to; `id` grows, so that a reader goes on after the last it saw
 *   results      one row a job at most: what it came to
 */
const queueSteps: readonly string[] = [
  `create table paperworks.sweeps (
     id text primary key,
     definition jsonb not null,
     created_at timestamptz not null default now()
   );
   create table paperworks.runs (
     id uuid primary key,
     slug text not null,
     mode text not null check (mode in ('full', 'quick')),
     seed integer not null,
     seeds integer,
     settings jsonb not null,
     priority integer not null default 0,
     sweep text references paperworks.sweeps,
     point integer,
     retry_of uuid references paperworks.runs,
     attempt integer not null default -1,
     given_back integer not null default 0,
     worker text,
     created_at timestamptz not null default now(),
     started_at timestamptz,
     cancelled_at timestamptz,
     check ((sweep is null) = (point is null))
   );
   create unique index runs_one_first_try on paperworks.runs (sweep, point) where retry_of is null;
   create unique index runs_one_retry on paperworks.runs (retry_of);
   create index runs_by_paper on paperworks.runs (slug, created_at);
   create table paperworks.run_events (
     id bigint generated always as identity primary key,
     run uuid not null references paperworks.runs on delete cascade,
     attempt integer not null,
     sequence integer not null,
     at timestamptz not null,
     event jsonb not null,
     unique (run, attempt, sequence)
   );
   create table paperworks.results (
     run uuid primary key references paperworks.runs on delete cascade,
     attempt integer not null,
     status text not null check (status in ('finished', 'failed')),
     result jsonb not null,
     "commit" text,
     changed boolean not null,
     at timestamptz not null default now()
   );`,
];

/** Tables that grow step by step, apart from those of others in the same database. */
export interface Migrations {
  /** The table in the schema `paperworks` that says how many steps were taken. */
  readonly table: string;
  /** A step that was released is never changed, the next one follows it. */
  readonly steps: readonly string[];
}

/**
 * Brings tables to this version, each step whole or not at all; those of the queue if no others are given.
 * @throws DatabaseError for tables of a later version
 */
export async function migrate(
  database: Database,
  { table, steps }: Migrations = { table: "migrations", steps: queueSteps },
): Promise<void> {
  await database.transaction(async (on) => {
    await on.query("select pg_advisory_xact_lock($1)", [lock]);
    await on.execute(
      `create schema if not exists paperworks;
       create table if not exists paperworks.${table} (version integer primary key, at timestamptz not null default now());`,
    );
    const version = await versionOf(on, table);
    if (version > steps.length) {
      throw new DatabaseError(
        `the database ${database.place} is of version ${version}, and this program knows ${steps.length}: update it`,
      );
    }
    for (let next = version; next < steps.length; next++) {
      await on.execute(steps[next]);
      await on.query(`insert into paperworks.${table} (version) values ($1)`, [next + 1]);
    }
  });
}

async function versionOf(on: Queryable, table: string): Promise<number> {
  const [{ version }] = await on.query<{ version: number }>(
    `select coalesce(max(version), 0)::int as version from paperworks.${table}`,
  );
  return version;
}
