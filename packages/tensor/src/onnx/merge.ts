import type { Node } from "../primitive.ts";
import type { Tensor } from "../tensor.ts";

/** What identifies a node for merging: primitive, attributes and inputs by name. */
export function mergeKey(node: Node, names: readonly string[]): string | undefined {
  if (node.primitive.unique) return undefined;
  let attributes: string;
  try {
    // JSON knows neither -0 nor the infinities; they must not merge with 0 and null.
    attributes = JSON.stringify(node.attributes, (_, value) =>
      typeof value === "number" && (Object.is(value, -0) || !Number.isFinite(value))
        ? `number ${Object.is(value, -0) ? "-0" : value}`
        : value,
    );
  } catch {
    return undefined;
  }
  return `${node.primitive.name}|${names.join()}|${attributes}`;
}

/** Operations whose outputs are their inputs under another name. */
const renames = new Set(["alias", "stopGradient", "customVjp"]);

/** A graph as it is computed: what is equal once, and without mere names. */
export interface MergedGraph {
  readonly nodes: readonly Node[];
  /** The tensor that is computed in place of another one. */
  merged(t: Tensor): Tensor;
}

/** Merges equal operations on equal inputs, as a program that is written from the nodes does. */
export function mergeGraph(nodes: readonly Node[]): MergedGraph {
  const replaced = new Map<Tensor, Tensor>();
  const merged = (t: Tensor): Tensor => replaced.get(t) ?? t;
  const numbers = new Map<Tensor, number>();
  const numberOf = (t: Tensor): string => {
    if (!numbers.has(t)) numbers.set(t, numbers.size);
    return String(numbers.get(t));
  };
  const first = new Map<string, readonly Tensor[]>();
  const kept = nodes.flatMap((node) => {
    const inputs = node.inputs.map(merged);
    const key = renames.has(node.primitive.name) ? undefined : mergeKey(node, inputs.map(numberOf));
    const same = renames.has(node.primitive.name) ? inputs : key === undefined ? undefined : first.get(key);
    if (same) {
      node.outputs.forEach((output, i) => {
        replaced.set(output, same[i]);
      });
      return [];
    }
    if (key !== undefined) first.set(key, node.outputs);
    return [{ ...node, inputs }];
  });
  return { nodes: kept, merged };
}
