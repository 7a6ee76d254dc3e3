import type { TaskRun } from "@paperworks/experiment";
import { causalAttention } from "@paperworks/nn";
import { fromArray, type Generator, grad, jit, logSigmoid, mul, sum, type Tensor } from "@paperworks/tensor";
import { gatedLinearAttention } from "./gated-linear-attention.ts";

const [heads, keyWidth, valueWidth] = [4, 32, 64];
const warmUps = 3;

export const operators = ["chunk", "parallel", "softmax"] as const;
export type Operator = (typeof operators)[number];

/** Forward and backward of one operator alone: a batch of 1, 4 heads, d_k = 32, d_v = 64. */
function stepOf(operator: Operator): (q: Tensor, k: Tensor, v: Tensor, gates: Tensor) => Tensor[] {
  return (q, k, v, gates) => {
    const output =
      operator === "softmax"
        ? causalAttention(mul(q, 1 / Math.sqrt(keyWidth)), k, v)
        : gatedLinearAttention(q, k, v, gates, { form: operator }).output;
    const inputs = operator === "softmax" ? [q, k, v] : [q, k, v, gates];
    return grad(sum(mul(output, output)), inputs);
  };
}

/** Seconds of each operator at one length: the median of interleaved runs behind three to warm up. */
export async function timeOperators(
  names: readonly Operator[],
  length: number,
  repeats: number,
  generator: Generator,
  { progress }: Pick<TaskRun, "progress">,
): Promise<Record<string, number>> {
  const normal = (width: number): Tensor =>
    fromArray(generator.hostNormal(heads * length * width), [1, heads, length, width]);
  const [q, k, v] = [normal(keyWidth), normal(keyWidth), normal(valueWidth)];
  const gates = fromArray(new Float32Array((await mul(logSigmoid(normal(keyWidth)), 1 / 16).data()) as Float32Array), [
    1,
    heads,
    length,
    keyWidth,
  ]);
  const steps = names.map((name) => ({ name, run: jit(stepOf(name)), seconds: [] as number[] }));
  for (let round = 0; round < warmUps + repeats; round++) {
    for (const step of steps) {
      const began = performance.now();
      const gradients = await step.run(q, k, v, gates);
      await gradients[0].data();
      if (round >= warmUps) step.seconds.push((performance.now() - began) / 1000);
    }
    await progress({ step: round + 1, steps: warmUps + repeats });
  }
  return Object.fromEntries(steps.map(({ name, seconds }) => [name, median(seconds)]));
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];
