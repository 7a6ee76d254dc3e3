/** How often something may be done: `burst` times at once, and then `perMinute` times a minute. */
export interface Rate {
  readonly burst: number;
  readonly perMinute: number;
}

/**
 * Counts by key in this process (the generic cell rate algorithm: one moment a key, at which its share is whole again).
 * Only so many keys are remembered: the ones that were not seen for the longest are forgotten first, so that no flood of
 * addresses takes memory.
 */
export class RateLimiter {
  /** Milliseconds that one try costs, and that may be owed. */
  readonly #cost: number;
  readonly #credit: number;
  readonly #keys: number;
  readonly #now: () => number;
  readonly #whole = new Map<string, number>();

  constructor(
    { burst, perMinute }: Rate,
    { keys = 10_000, now = Date.now }: { keys?: number; now?: () => number } = {},
  ) {
    this.#cost = 60_000 / perMinute;
    this.#credit = burst * this.#cost;
    this.#keys = keys;
    this.#now = now;
  }

  /** Takes one try. @returns 0, or the seconds until there is another */
  take(key: string): number {
    const now = this.#now();
    const before = Math.max(now, this.#whole.get(key) ?? 0);
    const after = before + this.#cost;
    const isAllowed = after <= now + this.#credit;
    // The order of a Map is that of insertion: put back, it is the last to be forgotten.
    this.#whole.delete(key);
    this.#whole.set(key, isAllowed ? after : before);
    if (this.#whole.size > this.#keys) this.#whole.delete(this.#whole.keys().next().value!);
    return isAllowed ? 0 : Math.ceil((after - now - this.#credit) / 1000);
  }

  get size(): number {
    return this.#whole.size;
  }
}
