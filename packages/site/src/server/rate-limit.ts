/** How often something may be done: `burst` times at once, and then `perMinute` times a minute. */
export interface Rate {
  readonly burst: number;
  readonly perMinute: number;
}

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * Counts by key in this process, as buckets that fill again. Only so many keys are remembered: the ones that were not
 * seen for the longest are forgotten first, so that no flood of addresses takes memory.
 */
export class RateLimiter {
  readonly #rate: Rate;
  readonly #keys: number;
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: Rate, { keys = 10_000, now = Date.now }: { keys?: number; now?: () => number } = {}) {
    this.#rate = rate;
    this.#keys = keys;
    this.#now = now;
  }

  /** Takes one try. @returns 0, or the seconds until there is another */
  take(key: string): number {
    const now = this.#now();
    const { burst, perMinute } = this.#rate;
    const bucket = this.#buckets.get(key) ?? { tokens: burst, at: now };
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 60_000) * perMinute);
    bucket.at = now;
    // The order of a Map is that of insertion: put back, it is the last to be forgotten.
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > this.#keys) this.#buckets.delete(this.#buckets.keys().next().value!);
    if (bucket.tokens < 1) return Math.ceil(((1 - bucket.tokens) / perMinute) * 60);
    bucket.tokens -= 1;
    return 0;
  }

  get size(): number {
    return this.#buckets.size;
  }
}
