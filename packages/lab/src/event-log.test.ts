import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { ResultFormatError } from "./errors.ts";
import { type LoggedEvent, logEvent, mendEventLog, readEventLog } from "./event-log.ts";

const folder = mkdtempSync(join(tmpdir(), "paperworks-log-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, "events.jsonl");
const time = "2026-11-24T10:00:00.000Z";
const events: LoggedEvent[] = [
  { time, type: "started", slug: "größe" },
  { time, type: "progress", report: { step: 1, loss: Number.NaN } },
  { time, type: "log", message: "a line\nand another" },
];
for (const event of events) logEvent(file, event);
const whole = readFileSync(file);

test("events come back as they were, special numbers included", () => {
  expect(readEventLog(file)).toEqual(events);
});

test("a log cut anywhere keeps every whole event, and goes on after the last of them", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: whole.length }), (cut) => {
      const torn = join(folder, "torn.jsonl");
      writeFileSync(torn, whole.subarray(0, cut));
      const before = readEventLog(torn);
      expect(before).toEqual(events.slice(0, before.length));
      mendEventLog(torn);
      expect(readEventLog(torn)).toEqual(before);
      logEvent(torn, events[0]);
      expect(readEventLog(torn)).toEqual([...before, events[0]]);
    }),
    { seed: 5, numRuns: 60 },
  );
});

test("a line in the middle that is no event is refused by its number", () => {
  const broken = join(folder, "broken.jsonl");
  writeFileSync(broken, whole);
  appendFileSync(broken, "nonsense\n{}\n");
  logEvent(broken, events[0]);
  expect(() => readEventLog(broken)).toThrow(ResultFormatError);
  expect(() => readEventLog(broken)).toThrow(/broken\.jsonl, line 4 is no event/);
});

test("no log needs no mending", () => {
  expect(() => mendEventLog(join(folder, "none.jsonl"))).not.toThrow();
});
