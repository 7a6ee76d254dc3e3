import { DataSource, memoryFinder } from "@paperworks/data";
import { describe, expect, test } from "vitest";
import { atLeast } from "./bars.ts";
import type { CheckpointState, ExperimentContext, TaskRun } from "./context.ts";
import { MeasurementError, RunOptionsError, SettingError } from "./errors.ts";
import type { RunEvent } from "./events.ts";
import { claim, definePaper } from "./paper.ts";
import { type DataProvenance, repeatablePart } from "./result.ts";
import { type RunOptions, runExperiment } from "./run.ts";
import { type Settings, setting } from "./settings.ts";
import { memoryTaskStore } from "./store.ts";

function source(...served: Pick<DataProvenance, "dataset" | "origin">[]): DataSource {
  const data = new DataSource(memoryFinder({}));
  for (const entry of served) data.record({ from: "a test", records: 1, ...entry });
  return data;
}

const gain = claim("gain", { paper: "it gains", measures: "gain", bar: atLeast(0.5) });
const speed = claim("speed", { paper: "it is fast", measures: "ratio", bar: atLeast(2), timing: true });

function paperOf(experiment: (context: ExperimentContext<Settings>) => Promise<void> | void, claims = [gain]) {
  const settings: Settings = { rate: setting(0.1, { min: 0, max: 1 }) };
  return definePaper<Settings>({
    slug: "fixture",
    family: "training",
    title: "A fixture",
    year: 2026,
    summary: "Nothing.",
    settings,
    claims,
    experiment,
  });
}

async function run(paper: ReturnType<typeof paperOf>, options: Partial<RunOptions> = {}) {
  const events: RunEvent[] = [];
  const result = await runExperiment(paper, { data: source(), ...options }, (event) => events.push(event));
  return { result, events, types: events.map(({ type }) => type) };
}

describe("replicates", () => {
  const paper = paperOf(async ({ replicate, measure, metric }) => {
    const values = await replicate("train", 3, async ({ seed }) => seed);
    metric("seeds", values);
    measure(
      "gain",
      values.map((value) => value + 0.6),
    );
  });

  test("run seeds seed … seed + count − 1 in order and give one value a seed", async () => {
    const { result } = await run(paper, { seed: 5 });
    expect(result.metrics.seeds.values).toEqual([5, 6, 7]);
    expect(result.times.tasks.map(({ seed }) => seed)).toEqual([5, 6, 7]);
    expect(result.claims[0].values).toEqual([5.6, 6.6, 7.6]);
  });

  test("take the count of the options before the card's", async () => {
    expect((await run(paper, { seeds: 2 })).result.metrics.seeds.values).toEqual([0, 1]);
  });

  test("take one seed in a quick run, whose claims are not judged", async () => {
    const { result } = await run(paper, { mode: "quick" });
    expect(result.metrics.seeds.values).toEqual([0]);
    expect(result.claims[0]).toMatchObject({ verdict: "not judged", reason: "quick run", value: 0.6 });
  });

  test("need a name of their own", async () => {
    const twice = paperOf(async ({ task }) => {
      await task("a", () => 1);
      await task("a", () => 2);
    });
    expect((await run(twice)).result.error).toMatchObject({ message: 'two tasks are called "a" and have seed 0' });
  });

  test("neither nest nor run side by side", async () => {
    const nested = paperOf(async ({ task }) => {
      await task("outer", () => task("inner", () => 1));
    });
    const beside = paperOf(async ({ task }) => {
      await Promise.all([task("one", () => 1), task("two", () => 2)]);
    });
    expect((await run(nested)).result.error?.message).toMatch(/"inner" was started while "outer" runs/);
    expect((await run(beside)).result.error?.message).toMatch(/"two" was started while "one" runs/);
  });

  test("refuse a value that is not JSON, naming the task", async () => {
    const typed = paperOf(async ({ task }) => {
      await task("curve", () => ({ loss: new Float32Array(1) }));
    });
    expect((await run(typed)).result.error?.message).toMatch(/value of task "curve"\.loss is a Float32Array/);
  });
});

describe("a run", () => {
  test("reports what happens in order", async () => {
    const { types, events } = await run(
      paperOf(async ({ task, measure, figure, log, cost, table, image, model }) => {
        log("hello");
        await task("fit", async ({ progress }) => {
          await progress({ step: 1, steps: 1, loss: 0.5 });
        });
        measure("gain", 1);
        figure("curve", { mark: "line", data: { values: [{ y: Number.NaN }] } }, { title: "Curve" });
        table("rows", { columns: ["a"], rows: [[1]] });
        image("dot", { width: 1, height: 1, channels: 1, pixels: new Uint8Array([7]) });
        model("model", { onnx: new Uint8Array([1]) });
        cost("step", { macs: 12 });
      }),
    );
    expect(types).toEqual([
      "started",
      "log",
      "task-started",
      "progress",
      "task-finished",
      "measured",
      "figure",
      "table",
      "image",
      "model",
      "cost",
      "finished",
    ]);
    expect(events.find(({ type }) => type === "figure")).toMatchObject({ spec: { data: { values: [{ y: null }] } } });
    expect(structuredClone(events)).toEqual(events);
  });

  test("repeats everything but its times", async () => {
    const paper = paperOf(
      async ({ replicate, measure, metric }) => {
        const values = await replicate("a", 2, ({ seed }) => seed / 2 + 1);
        measure("gain", values);
        measure("speed", performance.now());
        metric("wall", performance.now(), { timing: true });
      },
      [gain, speed],
    );
    const [first, second] = [await run(paper), await run(paper)];
    expect(repeatablePart(first.result)).toEqual(repeatablePart(second.result));
    expect(repeatablePart(first.result)).not.toEqual(repeatablePart((await run(paper, { seed: 1 })).result));
  });

  test.each([
    [[0.6, Number.NaN, 0.7], "claim gain: value 2 of 3 is NaN; a measurement must be a finite number"],
    [[Number.POSITIVE_INFINITY], "claim gain: its value is Infinity; a measurement must be a finite number"],
  ])("that measured %j is failed, and keeps the values", async (values, message) => {
    const { result } = await run(
      paperOf(async ({ replicate, measure, metric }) => {
        await replicate("train", 3, () => 1);
        measure("gain", values);
        metric("after", 1);
      }),
    );
    expect(result).toMatchObject({ status: "failed", error: { name: "NonFiniteMeasurementError", message } });
    expect(result.claims[0].values).toEqual(values);
    expect(result.metrics.after.value).toBe(1);
  });

  test("that throws is failed and keeps its error, its task and what was measured", async () => {
    const { result, types } = await run(
      paperOf(
        async ({ measure, replicate }) => {
          measure("gain", 1);
          await replicate("fit", 3, ({ seed }) => {
            if (seed === 1) throw new RangeError("no convergence");
          });
        },
        [gain, speed],
      ),
    );
    expect(result).toMatchObject({
      status: "failed",
      error: { name: "RangeError", message: "no convergence", task: "fit", seed: 1 },
      claims: [
        { id: "gain", verdict: "reproduced" },
        { id: "speed", verdict: "not judged", reason: "the run failed", value: null },
      ],
    });
    expect(types.at(-1)).toBe("finished");
  });

  test("in full that leaves a claim out is failed", async () => {
    const { result } = await run(paperOf(() => {}));
    expect(result).toMatchObject({ status: "failed", error: { message: "the experiment never measured gain" } });
  });

  test.each([
    ["an unknown claim", "grain", 1, /fixture has no claim "grain": it has gain/],
    ["no value", "gain", [], /given no value/],
    ["a number of values that no replicate had", "gain", [1, 2], /the replicates had 3\), not 2/],
  ])("fails clearly on %s", async (_, id, values, message) => {
    const { result } = await run(
      paperOf(async ({ measure, replicate }) => {
        await replicate("a", 3, () => 1);
        measure(id, values);
      }),
    );
    expect(result.error).toMatchObject({ name: "MeasurementError", message: expect.stringMatching(message) });
  });

  test("fails clearly on a claim measured twice", async () => {
    const { result } = await run(
      paperOf(({ measure }) => {
        measure("gain", 1);
        measure("gain", 2);
      }),
    );
    expect(result.error?.message).toBe("claim gain was measured before");
    expect(result.claims[0].values).toEqual([1]);
  });

  test("refuses bad options before it starts", async () => {
    const paper = paperOf(() => {});
    await expect(run(paper, { seed: -1 })).rejects.toThrow(RunOptionsError);
    await expect(run(paper, { seeds: 0 })).rejects.toThrow(/1 seed or more, not 0/);
    await expect(run(paper, { settings: { rate: 2 } })).rejects.toThrow(SettingError);
  });

  test("fails when its sink does", async () => {
    const paper = paperOf(({ log }) => log("x"));
    const result = await runExperiment(paper, { data: source() }, (event) => {
      if (event.type === "log") throw new Error("disk full");
    });
    expect(result).toMatchObject({ status: "failed", error: { message: "disk full" } });
  });
});

test("a claim that this machine cannot judge keeps its values, and the reason", async () => {
  const { result } = await run(
    paperOf(({ measure }) => measure("gain", 0.1, { unjudged: "this processor has no wings" })),
  );
  expect(result).toMatchObject({ status: "finished", error: null });
  expect(result.claims[0]).toMatchObject({
    values: [0.1],
    value: 0.1,
    verdict: "not judged",
    reason: "this processor has no wings",
  });
});

describe("a claim that needs a real file", () => {
  const paper = paperOf(
    ({ measure }) => measure("accuracy", 0.8),
    [claim("accuracy", { paper: "x", measures: "y", bar: atLeast(0.7), needs: "cora" })],
  );

  test("is judged with it", async () => {
    const { result } = await run(paper, { data: source({ dataset: "cora", origin: "folder" }) });
    expect(result.claims[0].verdict).toBe("reproduced");
  });

  test("is measured but not judged on generated data, or none", async () => {
    const generated = await run(paper, { data: source({ dataset: "cora", origin: "generated" }) });
    expect(generated.result.claims[0]).toMatchObject({
      verdict: "not judged",
      reason: "the bar was set for the real cora; this run used generated data",
      value: 0.8,
    });
    expect((await run(paper)).result.claims[0].reason).toMatch(/which this run did not have/);
  });

  test("may stay unmeasured without it", async () => {
    const skipping = paperOf(() => {}, [...paper.claims]);
    expect((await run(skipping)).result.status).toBe("finished");
    const withFile = await run(skipping, { data: source({ dataset: "cora", origin: "cache" }) });
    expect(withFile.result.error?.name).toBe(MeasurementError.name);
  });
});

/** Adds 1 to a sum for each of 10 steps; stops the run after `stopAt` steps in all. */
function counting(stopAt: number, controller: AbortController) {
  const calls: string[] = [];
  let steps = 0;
  const paper = paperOf(async ({ replicate, measure, log }) => {
    const sums = await replicate("count", 3, async ({ seed, checkpoint, progress, restored }: TaskRun) => {
      const state = (restored as { step: number; sum: Float64Array } | undefined) ?? {
        step: 0,
        sum: new Float64Array(1),
      };
      calls.push(`${seed} from ${state.step}`);
      if (state.step === 0) log(`seed ${seed} begins`);
      for (let step = state.step; step < 10; step++) {
        state.sum[0] += seed + step / 10;
        await checkpoint((): CheckpointState => ({ step: step + 1, sum: state.sum }));
        if (++steps === stopAt) controller.abort();
        await progress({ step: step + 1, steps: 10 });
      }
      return state.sum[0];
    });
    measure("gain", sums);
  });
  return { paper, calls };
}

describe("an interrupted run", () => {
  test("keeps its finished tasks and goes on from its checkpoint to the same numbers", async () => {
    const whole = await run(counting(Number.POSITIVE_INFINITY, new AbortController()).paper);
    for (const stopAt of [1, 10, 13, 29]) {
      const store = memoryTaskStore();
      const controller = new AbortController();
      const first = counting(stopAt, controller);
      // A clock that stands still: keeping state costs no time, so every step is kept.
      const options = { store, checkpointSeconds: 0, now: () => 0 };
      const stopped = await run(first.paper, { ...options, signal: controller.signal });
      expect(stopped.result).toMatchObject({
        status: "interrupted",
        error: null,
        claims: [{ verdict: "not judged", reason: "the run was interrupted" }],
      });
      const second = counting(Number.POSITIVE_INFINITY, controller);
      const resumed = await run(second.paper, options);
      expect(repeatablePart(resumed.result)).toEqual(repeatablePart(whole.result));
      const task = Math.floor((stopAt - 1) / 10);
      expect(second.calls[0]).toBe(`${task} from ${((stopAt - 1) % 10) + 1}`);
      const logs = (events: RunEvent[]) => events.filter(({ type }) => type === "log");
      expect(logs(resumed.events)).toEqual(logs(whole.events));
    }
  });

  test("remembers the data that its skipped tasks read", async () => {
    const needing = claim("gain", { paper: "x", measures: "y", bar: atLeast(0.5), needs: "cora" });
    const paper = paperOf(
      async ({ task, measure, data }) => {
        const gained = await task("read", () => {
          data.record({ dataset: "cora", origin: "folder", from: "cora.json", records: 2708 });
          return 1;
        });
        measure("gain", gained);
      },
      [needing],
    );
    const store = memoryTaskStore();
    const [first, again] = [await run(paper, { store }), await run(paper, { store })];
    expect(again.result.times.tasks).toMatchObject([{ kept: true }]);
    expect(repeatablePart(again.result)).toEqual(repeatablePart(first.result));
    expect(again.result.claims[0].verdict).toBe("reproduced");
  });

  test("keeps state at its end although no pause has passed", async () => {
    const store = memoryTaskStore();
    const controller = new AbortController();
    const paper = paperOf(async ({ task }) => {
      await task("long", async ({ checkpoint }) => {
        expect(await checkpoint(() => "early")).toBe(false);
        controller.abort();
        await checkpoint(() => "late");
      });
    });
    const { result } = await run(paper, { store, signal: controller.signal });
    expect(result.status).toBe("interrupted");
    const again = paperOf(async ({ task, measure }) => {
      expect(await task("long", ({ restored }) => restored)).toBe("late");
      measure("gain", 1);
    });
    expect((await run(again, { store })).result).toMatchObject({ status: "finished", error: null });
  });

  test("lets a loop that never leaves the processor hear of it", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 20);
    const paper = paperOf(async ({ task }) => {
      await task("busy", async ({ progress }) => {
        for (;;) await progress({ step: 1, steps: 2 });
      });
    });
    expect((await run(paper, { signal: controller.signal })).result.status).toBe("interrupted");
  });
});
