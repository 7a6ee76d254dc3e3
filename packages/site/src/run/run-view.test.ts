import type { RunEvent } from "@paperworks/experiment";
import { expect, test } from "vitest";
import { breakRun, followRun, freshRun } from "./run-view.ts";

const follow = (...events: RunEvent[]) => events.reduce(followRun, freshRun);
const report = (step: number, loss: number): RunEvent => ({
  type: "progress",
  task: "fit",
  seed: 0,
  report: { step, steps: 2000, loss },
});
const started: RunEvent = { type: "task-started", task: "fit", seed: 0, index: 0, count: 3, restored: false };

test("a task shows where it stands, and nothing once it is done", () => {
  const working = follow(started, report(10, 0.5));
  expect(working).toMatchObject({ task: { name: "fit", index: 0, count: 3 }, progress: { step: 10, loss: 0.5 } });
  const done = followRun(working, { type: "task-finished", task: "fit", seed: 0, seconds: 1, kept: false });
  expect(done).toMatchObject({ task: null, progress: null, tasksDone: 1 });
});

test("losses become a curve a task and seed; a loss that is no number leaves it as it is", () => {
  const { curves } = follow(report(1, 2), report(2, Number.NaN), report(3, 1), {
    ...report(1, 5),
    seed: 1,
  } as RunEvent);
  expect(curves).toEqual([
    {
      task: "fit",
      seed: 0,
      points: [
        { step: 1, loss: 2 },
        { step: 3, loss: 1 },
      ],
    },
    { task: "fit", seed: 1, points: [{ step: 1, loss: 5 }] },
  ]);
});

test("a long curve is thinned and keeps its last point", () => {
  const { curves } = follow(...Array.from({ length: 1500 }, (_, i) => report(i + 1, 1 / (i + 1))));
  expect(curves[0].points.length).toBeLessThanOrEqual(600);
  expect(curves[0].points.at(-1)?.step).toBe(1500);
  expect(curves[0].points[0].step).toBe(1);
});

test("a figure given again replaces the earlier one", () => {
  const figure = (title: string): RunEvent => ({ type: "figure", name: "curve", spec: { mark: "line" }, title });
  expect(follow(figure("one"), figure("two")).figures).toEqual([
    { name: "curve", title: "two", caption: null, spec: { mark: "line" } },
  ]);
});

test("a worker that breaks leaves what was seen, and says why", () => {
  expect(breakRun(follow(report(1, 2)), "no module")).toMatchObject({ status: "failed", problem: "no module" });
});
