import { isLeaf } from "./onnx/lower.ts";
import type { Node } from "./primitive.ts";
import type { Tensor } from "./tensor.ts";
import { bytesOf, workOf } from "./work.ts";

/** Operations whose results lie where their inputs do. */
const views = new Set(["reshape", "barrier"]);

/** Liveness over the schedule: storage lives from the node that makes it to the last one that reads it or a view of it. */
export function peakOf(nodes: readonly Node[], results: readonly Tensor[]): number {
  const storage = new Map<Tensor, Tensor>();
  const storageOf = (t: Tensor): Tensor => storage.get(t) ?? t;
  for (const { primitive, inputs, outputs } of nodes) {
    if (!views.has(primitive.name)) continue;
    outputs.forEach((output, i) => {
      storage.set(output, storageOf(inputs[i]));
    });
  }
  const lastUse = new Map<Tensor, number>();
  nodes.forEach((node, step) => {
    for (const input of node.inputs) lastUse.set(storageOf(input), step);
  });
  for (const result of results) lastUse.set(storageOf(result), nodes.length);
  const freed: Tensor[][] = nodes.map(() => []);
  for (const [t, step] of lastUse) if (step < nodes.length && !isLeaf(t)) freed[step].push(t);
  let [live, peak] = [0, 0];
  nodes.forEach((node, step) => {
    for (const output of node.outputs) if (lastUse.has(output) && !storage.has(output)) live += bytesOf(output);
    peak = Math.max(peak, live + (workOf(node).scratch ?? 0));
    for (const t of freed[step]) live -= bytesOf(t);
  });
  return peak;
}
