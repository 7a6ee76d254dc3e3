import type { Node, Work } from "./primitive.ts";
import { sizeOf } from "./shape.ts";

/** What one node computes: its primitive's own account, or one operation a value of the result. */
export function workOf({ primitive, inputs, outputs, attributes }: Node): Work {
  if (primitive.cost) return primitive.cost(inputs, outputs, attributes as never);
  return { macs: 0, flops: primitive.movement ? 0 : outputs.reduce((n, { shape }) => n + sizeOf(shape), 0) };
}

/** The sum over nodes; every node that computes counts as one kernel, a loop as those of all its steps. */
export function workOfNodes(nodes: readonly Node[]): Required<Work> {
  let [macs, flops, kernels] = [0, 0, 0];
  for (const node of nodes) {
    const work = workOf(node);
    macs += work.macs;
    flops += work.flops;
    kernels += work.kernels ?? (work.flops > 0 ? 1 : 0);
  }
  return { macs, flops, kernels };
}
