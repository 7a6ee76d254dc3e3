import { configure } from "@paperworks/tensor";
import { expect, test } from "vitest";
import { trackWithCell, trackWithTransformer } from "./state-tracking.ts";

configure({ threads: 1 });

const plan = { steps: 60, batch: 64, trained: 8, tested: 24, testSequences: 64 };
const run = {
  seed: 1,
  signal: new AbortController().signal,
  restored: undefined,
  progress: async () => {},
  checkpoint: async () => false,
};

test("a network trained by the fused kernels tracks parity beyond the length it was trained at", async () => {
  const { accuracy, curve } = await trackWithCell("slstm", { ...plan, steps: 150 }, run);
  expect(curve.at(-1)?.loss).toBeLessThan(0.1);
  expect(accuracy).toHaveLength(24);
  expect(Math.min(...accuracy)).toBeGreaterThan(0.9);
});

test("a run that goes on from a kept state gives the numbers of one that did not stop", async () => {
  const whole = await trackWithCell("elman", plan, run);
  let kept: unknown;
  let calls = 0;
  const stopped = {
    ...run,
    async checkpoint(save: () => unknown) {
      if (++calls === 30) kept = structuredClone(await save());
      return false;
    },
  };
  await trackWithCell("elman", plan, stopped as typeof run);
  const resumed = await trackWithCell("elman", plan, { ...run, restored: kept as undefined });
  expect(resumed).toEqual(whole);
});

test("the Transformer learns from the same batches, each sequence at a position of its own", async () => {
  const { accuracy, curve } = await trackWithTransformer({ ...plan, steps: 20 }, run);
  expect(curve.at(-1)?.loss).toBeLessThan(0.75);
  expect(accuracy).toHaveLength(24);
});
