import { type Day, millisecondsADay } from "./days.ts";

/** Days after which a vote, and the news of a listing, count half. */
export const halfLifeDays = 3;

/**
 * How much a paper is talked about at a time t:
 *
 *   score = log2(1 + Σ_v 2^(−(t − t_v) / H)) + 2^(−(t − t_listed) / H)        H = 3 days
 *
 * Votes fade, so that yesterday's favourites make room; the logarithm makes the tenth vote say less than the first, so
 * that a few friends do not outweigh the news of a listing for long. A paper listed today without a vote scores as much as
 * one with a single vote of this minute on an old listing.
 *
 * @param decayedVotes Σ_v 2^(−(t − t_v) / H), as `decay` gives each term
 */
export function trendingScore(decayedVotes: number, listed: Day, at: Date): number {
  return Math.log2(1 + decayedVotes) + decay(new Date(`${listed}T00:00:00Z`), at);
}

/** 2^(−age / H); 1 for what is in the future. */
export function decay(then: Date, at: Date): number {
  const days = Math.max(0, at.getTime() - then.getTime()) / millisecondsADay;
  return 2 ** (-days / halfLifeDays);
}
