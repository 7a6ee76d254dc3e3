import { DataSource, memoryFinder } from "@paperworks/data";
import { expect, test } from "vitest";
import { atLeast } from "./bars.ts";
import type { RunEvent } from "./events.ts";
import { claim, definePaper, type Paper } from "./paper.ts";
import { repeatablePart } from "./result.ts";
import { runExperiment } from "./run.ts";
import { RunWitness } from "./witness.ts";

const paper: Paper = definePaper({
  slug: "witnessed",
  family: "training",
  title: "A run that is watched",
  year: 2026,
  summary: "It measures one claim, then trains.",
  claims: [
    claim("early", { paper: "early", measures: "gain", bar: atLeast(0.5), needs: "mnist" }),
    claim("late", { paper: "late", measures: "gain", bar: atLeast(0.5) }),
  ],
  async experiment({ task, measure, metric, table, data }) {
    data.record({ dataset: "mnist", origin: "folder", from: "a test", records: 1 });
    await task("first", () => 1);
    measure("early", 1);
    metric("nats", 2);
    table("rows", { columns: ["a"], rows: [[1]] });
    await task("second", async ({ progress }) => progress({ step: 1, steps: 2 }));
    measure("late", 0);
  },
});
const identity = { mode: "full", seed: 0, seeds: null, settings: {}, machine: {} } as const;

async function events() {
  const seen: RunEvent[] = [];
  const data = new DataSource(memoryFinder({}));
  const result = await runExperiment(paper, { data }, (event) => seen.push(event));
  return { seen, result };
}

test("a run that broke off is failed, in its task, with what it had measured and the data it had read", async () => {
  const { seen } = await events();
  const witness = new RunWitness(paper, identity);
  for (const event of seen.slice(0, seen.findIndex(({ type }) => type === "progress") + 1)) witness.take(event);
  expect(witness.result).toBeUndefined();
  const result = witness.failed({ name: "ProcessCrashError", message: "gone", stack: null });
  expect(result).toMatchObject({
    status: "failed",
    error: { name: "ProcessCrashError", task: "second", seed: 0 },
    claims: [
      { id: "early", values: [1], verdict: "reproduced" },
      { id: "late", values: [], verdict: "not judged", reason: "the run failed" },
    ],
    metrics: { nats: { value: 2 } },
    data: [{ dataset: "mnist" }],
    tables: [{ name: "rows" }],
    times: { tasks: [{ task: "first", kept: false }] },
  });
});

test("of a run that ended by itself the witness has seen all that its result holds", async () => {
  const { seen, result } = await events();
  const witness = new RunWitness(paper, identity);
  for (const event of seen) witness.take(event);
  expect(witness.result).toEqual(result);
  const { status: _1, error: _2, ...told } = repeatablePart(witness.failed({ name: "x", message: "x", stack: null }));
  const { status: _3, error: _4, ...own } = repeatablePart(result);
  expect(told).toEqual(own);
});
