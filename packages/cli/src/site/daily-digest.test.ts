import { expect, test } from "vitest";
import { nextAt } from "./daily-digest.ts";
import { timeOfDay } from "./time-of-day.ts";

test("the next digest is today before its time, and tomorrow at it and after it", () => {
  const at = timeOfDay("07:30");
  const next = (now: string) => nextAt(at, new Date(now)).toISOString();
  expect(next("2026-11-24T07:29:59Z")).toBe("2026-11-24T07:30:00.000Z");
  expect(next("2026-11-24T07:30:00Z")).toBe("2026-11-25T07:30:00.000Z");
  expect(next("2026-12-31T23:00:00Z")).toBe("2027-01-01T07:30:00.000Z");
});

test.each(["24:00", "7", "07:60", "seven", "-1:00"])("%s is no time of day", (text) =>
  expect(() => timeOfDay(text)).toThrow(/such as 07:00/),
);
