import { abs, evaluate, fromArray, Generator, max, select, sub, type Tensor, type Tree } from "@paperworks/tensor";
import type { SequenceCore } from "./sequence-core.ts";

/** Numbers for trying sequences: the same for one seed. */
export const normal = (shape: readonly number[], seed = 1): Tensor =>
  fromArray(new Generator(seed).hostNormal(shape.reduce((a, b) => a * b, 1)), [...shape]);

/** In units of the larger of 1 and the largest value expected. */
export async function largestDifference(got: Tensor, expected: Tensor): Promise<number> {
  const [difference, scale] = [max(abs(sub(got, expected))), max(abs(expected))];
  await evaluate([difference, scale]);
  return Number(await difference.item()) / Math.max(1, Number(await scale.item()));
}

/** How far what a core gives token by token is at most from what it gives for the whole sequence. */
export async function streamedDifference<S extends Tree>(core: SequenceCore<S>, length: number): Promise<number> {
  const x = normal([2, length, core.dim]);
  const whole = core.forward(x);
  let state = core.initialState(2);
  let most = 0;
  for (let t = 0; t < length; t++) {
    const next = core.step(select(x, 1, t), state);
    state = next.state;
    most = Math.max(most, await largestDifference(next.output, select(whole, 1, t)));
  }
  return most;
}
