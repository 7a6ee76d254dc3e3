import { expect, test } from "vitest";
import { RateLimiter } from "./rate-limit.ts";

test("a burst passes, the next one waits until the bucket has filled again", () => {
  let now = 0;
  const limiter = new RateLimiter({ burst: 3, perMinute: 6 }, { now: () => now });
  expect([1, 2, 3].map(() => limiter.take("a"))).toEqual([0, 0, 0]);
  expect(limiter.take("a")).toBe(10);
  expect(limiter.take("b")).toBe(0);
  now = 9_000;
  expect(limiter.take("a")).toBe(1);
  now = 10_000;
  expect([limiter.take("a"), limiter.take("a")]).toEqual([0, 10]);
});

test("a flood of keys takes no more than its share of memory", () => {
  const limiter = new RateLimiter({ burst: 1, perMinute: 1 }, { keys: 100 });
  for (let key = 0; key < 10_000; key++) limiter.take(String(key));
  expect(limiter.size).toBe(100);
});
