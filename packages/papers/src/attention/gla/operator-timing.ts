import { measureLatency, type TaskRun } from "@paperworks/experiment";
import { causalAttention } from "@paperworks/nn";
import { fromArray, type Generator, grad, jit, logSigmoid, mul, sum, type Tensor } from "@paperworks/tensor";
import { gatedLinearAttention } from "./gated-linear-attention.ts";

const [heads, keyWidth, valueWidth] = [4, 32, 64];

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
  const contenders = names.map((name) => {
    const step = jit(stepOf(name));
    return [name, async () => (await step(q, k, v, gates))[0].data()] as const;
  });
  const latencies = await measureLatency(Object.fromEntries(contenders), { rounds: repeats, progress });
  return Object.fromEntries(Object.entries(latencies).map(([name, { median }]) => [name, median]));
}
