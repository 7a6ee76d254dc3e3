import { bytesPerElement } from "./dtype.ts";
import type { Node, Spec, Work } from "./primitive.ts";
import { sizeOf } from "./shape.ts";

export const bytesOf = ({ shape, dtype }: Spec): number => sizeOf(shape) * bytesPerElement(dtype);

/** What one node computes: its primitive's own account, or one operation a value of the result. */
export function workOf({ primitive, inputs, outputs, attributes }: Node): Work {
  if (primitive.cost) return primitive.cost(inputs, outputs, attributes as never);
  return { macs: 0, flops: primitive.movement ? 0 : outputs.reduce((n, { shape }) => n + sizeOf(shape), 0) };
}

/** What one core does in a second, roughly: operations in products, other operations, bytes moved. */
const [productRate, otherRate, copyRate] = [8e10, 3e9, 1e10];

function secondsOf({ primitive, outputs }: Node, { macs, flops, seconds }: Work): number {
  if (seconds !== undefined) return seconds;
  // A gathered row is copied; a value under another shape is not.
  const moved = primitive.movement && primitive.name !== "reshape" ? outputs.reduce((n, t) => n + bytesOf(t), 0) : 0;
  return (2 * macs) / productRate + (flops - 2 * macs) / otherRate + moved / copyRate;
}

type RepeatableWork = Required<Omit<Work, "scratch">>;

/** The sum over nodes; every node that does something is one kernel, a loop those of all its steps. */
export function workOfNodes(nodes: readonly Node[]): RepeatableWork {
  const total = { macs: 0, flops: 0, kernels: 0, seconds: 0 };
  for (const node of nodes) {
    const work = workOf(node);
    const seconds = secondsOf(node, work);
    total.macs += work.macs;
    total.flops += work.flops;
    total.seconds += seconds;
    total.kernels += work.kernels ?? (seconds > 0 ? 1 : 0);
  }
  return total;
}

/** The work of a loop. */
export const repeatedWork = ({ macs, flops, kernels, seconds }: RepeatableWork, times: number): RepeatableWork => ({
  macs: times * macs,
  flops: times * flops,
  kernels: times * kernels,
  seconds: times * seconds,
});
