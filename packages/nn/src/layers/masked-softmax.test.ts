import { configure, tensor } from "@paperworks/tensor";
import { expect, test } from "vitest";
import { maskedSoftmax } from "./masked-softmax.ts";

configure({ threads: 1 });

test("what the mask hides weighs 0, the rest as if it were alone, and a row that hides all is uniform", async () => {
  const scores = tensor([
    [1, 5, 1],
    [0, 1e4, 3],
  ]);
  const mask = tensor([
    [true, false, true],
    [false, false, false],
  ]);
  const weights = Array.from(await maskedSoftmax(scores, mask).data(), Number);
  expect(weights.slice(0, 3)).toEqual([0.5, 0, 0.5]);
  for (const weight of weights.slice(3)) expect(weight).toBeCloseTo(1 / 3, 6);
});
