import { expect, test } from "vitest";
import { RunOptionsError } from "./errors.ts";
import { LatencyTable, measureLatency } from "./latency.ts";

/** A clock that only the work moves: `takes` milliseconds a call, in turn. */
function clock() {
  let time = 0;
  const calls: string[] = [];
  const work = (name: string, takes: readonly number[]) => {
    let call = 0;
    return async () => {
      calls.push(name);
      time += takes[call++ % takes.length];
    };
  };
  return { now: () => time, calls, work };
}

test("all take turns in every round, and the median of those behind the warm-up counts", async () => {
  const { now, calls, work } = clock();
  const steps: number[] = [];
  const latencies = await measureLatency(
    { a: work("a", [1000, 10, 30, 20]), b: work("b", [500, 2, 4, 900]) },
    { rounds: 3, warmUps: 1, now, progress: async ({ step }) => void steps.push(step) },
  );
  expect(calls.join("")).toBe("abababab");
  expect(latencies).toEqual({
    a: { median: 0.02, low: 0.01, high: 0.03 },
    b: { median: 0.004, low: 0.002, high: 0.9 },
  });
  expect(steps).toEqual([1, 2, 3, 4]);
});

test("of an even number of rounds the median lies between the middle two", async () => {
  const { now, work } = clock();
  const { a } = await measureLatency({ a: work("a", [1, 2, 3, 4]) }, { rounds: 4, warmUps: 0, now });
  expect(a.median).toBeCloseTo(0.0025, 9);
});

test("a table adds up the blocks of a network, and says which it does not know", async () => {
  const { now, work } = clock();
  const table = await LatencyTable.measure(
    { conv: work("c", [3]), pool: work("p", [1]) },
    { rounds: 1, warmUps: 0, now },
  );
  expect(table.total(["conv", "conv", "pool"])).toBeCloseTo(0.007, 9);
  expect(new LatencyTable(table.toJSON()).of("pool")).toBe(table.of("pool"));
  expect(() => table.total(["norm"])).toThrow('no latency was measured for "norm"; there are conv, pool');
});

test("impossible measurements are refused", async () => {
  await expect(measureLatency({}, { rounds: 0 })).rejects.toThrow(RunOptionsError);
  await expect(measureLatency({}, { warmUps: -1 })).rejects.toThrow("not -1");
  expect(() => new LatencyTable({ a: Number.NaN })).toThrow('"a" is a number of seconds, not NaN');
});
