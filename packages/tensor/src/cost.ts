import { variableOf } from "./evaluate.ts";
import { recordFunction } from "./jit.ts";
import { schedule } from "./onnx/lower.ts";
import { mergeGraph } from "./onnx/merge.ts";
import { peakOf } from "./peak-memory.ts";
import type { Work } from "./primitive.ts";
import { Parameter } from "./variable.ts";
import { bytesOf, workOf } from "./work.ts";

export interface OperationCost extends Work {
  operation: string;
  count: number;
  /** Bytes read and written. */
  bytes: number;
}

export interface Cost extends Work {
  /** Values in the trainable variables that the function reads. */
  parameters: number;
  bytes: number;
  /** The most bytes of intermediate values alive at once, variables and arguments left out. */
  peakBytes: number;
  operations: OperationCost[];
}

/**
 * What a function costs, counted on its graph without running it.
 *
 * @param fn   as for `jit`
 * @param args tensors of the shapes in question
 */
export function cost<A extends unknown[]>(fn: (...args: A) => unknown, ...args: A): Cost {
  const recorded = recordFunction(fn, args);
  const targets = [...recorded.results, ...recorded.assigned.map(({ value }) => value)];
  const { nodes, merged } = mergeGraph(schedule(targets));
  const parameters = new Set<Parameter>();
  const table = new Map<string, OperationCost>();
  const total: Work & { bytes: number } = { macs: 0, flops: 0, bytes: 0 };
  for (const node of nodes) {
    const { macs, flops } = workOf(node);
    const bytes = [...node.inputs, ...node.outputs].reduce((n, t) => n + bytesOf(t), 0);
    const row = table.get(node.primitive.name) ?? {
      operation: node.primitive.name,
      count: 0,
      macs: 0,
      flops: 0,
      bytes: 0,
    };
    row.count++;
    row.macs += macs;
    row.flops += flops;
    row.bytes += bytes;
    table.set(row.operation, row);
    total.macs += macs;
    total.flops += flops;
    total.bytes += bytes;
    for (const input of node.inputs) {
      const variable = variableOf(input);
      if (variable instanceof Parameter) parameters.add(variable);
    }
  }
  return {
    parameters: [...parameters].reduce((n, { size }) => n + size, 0),
    ...total,
    peakBytes: peakOf(nodes, targets.map(merged)),
    operations: [...table.values()].sort((a, b) => b.flops - a.flops || b.bytes - a.bytes),
  };
}
