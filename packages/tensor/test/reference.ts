import { variableOf } from "../src/evaluate.ts";
import type { Node } from "../src/primitive.ts";
import type { Tensor } from "../src/tensor.ts";
import { contractionRules } from "./reference/contraction.ts";
import { controlRules } from "./reference/control.ts";
import { elementwiseRules } from "./reference/elementwise.ts";
import { indexingRules } from "./reference/indexing.ts";
import { movementRules } from "./reference/movement.ts";
import { quantizationRules } from "./reference/quantization.ts";
import { reduceRules } from "./reference/reduce.ts";
import type { Rule } from "./reference/value.ts";

/** What every primitive computes, in plain loops over float64: slow, and as near to the definitions as code can be. */
export const rules: Readonly<Record<string, Rule>> = {
  ...elementwiseRules,
  ...reduceRules,
  ...movementRules,
  ...indexingRules,
  ...contractionRules,
  ...controlRules,
  ...quantizationRules,
};

/** Primitives that hold or await a value and compute nothing. */
export const leafNames: ReadonlySet<string> = new Set(["constant", "placeholder", "read", "variable"]);

export type Feeds = ReadonlyMap<Tensor, Float64Array>;

function leafValue(leaf: Tensor): Float64Array {
  const data = leaf.held ?? variableOf(leaf)?.front;
  if (!data) throw new Error(`the reference evaluator has no value for a ${leaf.node.primitive.name}`);
  return Float64Array.from(data as Float32Array, Number);
}

/**
 * The values of recorded tensors in float64.
 *
 * @param targets tensors of a recorded graph
 * @param feeds   values that stand in for the tensors' own (perturbed leaves, parameters of a loop body)
 */
export function reference(targets: readonly Tensor[], feeds: Feeds = new Map()): Float64Array[] {
  const known = new Map<Tensor, Float64Array>(feeds);
  const compute = (node: Node): void => {
    const rule = rules[node.primitive.name];
    if (!rule) throw new Error(`${node.primitive.name} has no reference`);
    const inputs = node.inputs.map(({ shape, dtype }, i) => ({
      shape,
      dtype,
      data: known.get(node.inputs[i]) as Float64Array,
    }));
    const results = rule({ inputs, outputs: node.outputs, attributes: node.attributes, run: reference });
    node.outputs.forEach((output, i) => {
      if (!known.has(output)) known.set(output, results[i]);
    });
  };
  const work = targets.map((target) => target.resolve()).reverse();
  while (work.length > 0) {
    const t = work[work.length - 1];
    if (known.has(t)) {
      work.pop();
    } else if (leafNames.has(t.node.primitive.name)) {
      known.set(t, leafValue(t));
      work.pop();
    } else {
      const missing = t.node.inputs.filter((input) => !known.has(input));
      if (missing.length > 0) work.push(...missing);
      else {
        compute(t.node);
        work.pop();
      }
    }
  }
  return targets.map((target) => known.get(target.resolve()) as Float64Array);
}
