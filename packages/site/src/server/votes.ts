import type { Database } from "@paperworks/lab/queue";
import { halfLifeDays } from "./trending.ts";

/** The votes of a paper as of some moment. */
export interface Tally {
  readonly votes: number;
  /** Σ 2^(−age / half-life), the votes' part of `trendingScore`. */
  readonly decayed: number;
}

/** Gives a visitor's vote to a paper, or takes it back. @returns whether the paper has it now */
export async function toggleVote(database: Database, slug: string, visitor: string, now: Date): Promise<boolean> {
  return database.transaction(async (on) => {
    const taken = await on.query("delete from paperworks.site_votes where slug = $1 and visitor = $2 returning slug", [
      slug,
      visitor,
    ]);
    if (taken.length > 0) return false;
    await on.query("insert into paperworks.site_votes (slug, visitor, at) values ($1, $2, $3) on conflict do nothing", [
      slug,
      visitor,
      now.toISOString(),
    ]);
    return true;
  });
}

/** The votes that were given before a moment, by paper. */
export async function tallyVotes(database: Database, at: Date): Promise<Map<string, Tally>> {
  const rows = await database.query<{ slug: string; votes: number; decayed: number }>(
    `select slug, count(*)::int as votes,
       sum(power(2, -extract(epoch from ($1::timestamptz - at)) / ${halfLifeDays * 86_400}::float8))::float8 as decayed
     from paperworks.site_votes where at <= $1 group by slug`,
    [at.toISOString()],
  );
  return new Map(rows.map(({ slug, votes, decayed }) => [slug, { votes, decayed }]));
}

/** The papers that a visitor voted for. */
export async function votesOf(database: Database, visitor: string): Promise<Set<string>> {
  const rows = await database.query<{ slug: string }>("select slug from paperworks.site_votes where visitor = $1", [
    visitor,
  ]);
  return new Set(rows.map(({ slug }) => slug));
}
