import { type BatchContext, forAll } from "../batching.ts";
import { RecordingError, ShapeError } from "../errors.ts";
import { schedule } from "../onnx/lower.ts";
import type { Node } from "../primitive.ts";
import { placeholder, record } from "../record.ts";
import { activeRecording, Recording, recordInto } from "../recording.ts";
import { formatShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { type Tree, treeFill, treeLeaves } from "../tree.ts";
import { scan } from "./scan.ts";

/** An operation without a rule of its own runs example by example. */
function oneByOne({ primitive }: Node, { inputs, batched, attributes }: BatchContext<unknown>): Tensor[] {
  const { outputs } = scan(
    (_: readonly Tensor[], slices: readonly Tensor[]) => {
      let next = 0;
      const own = inputs.map((t, i) => (batched[i] ? slices[next++] : t));
      const fresh = primitive.rebase?.(attributes as never, (t) => t) ?? attributes;
      return { carry: [], output: record(primitive, own, fresh as never) };
    },
    [] as readonly Tensor[],
    inputs.filter((_, i) => batched[i]),
  );
  return outputs as Tensor[];
}

/**
 * Records a graph of one example for a batch of them.
 *
 * @param outputs tensors of the example
 * @param values  what stands for the example's tensors, with a leading axis of examples
 * @returns       the outputs with a leading axis
 */
export function batchGraph(outputs: readonly Tensor[], values: Map<Tensor, Tensor>, size: number): Tensor[] {
  const convert = (targets: readonly Tensor[]): void => {
    for (const node of schedule(targets, (t) => t.node.inputs.length === 0 || values.has(t))) {
      const batched = node.inputs.map((t) => values.has(t));
      if (!batched.includes(true)) continue;
      const context: BatchContext<unknown> = {
        inputs: node.inputs.map((t) => values.get(t) ?? t),
        batched,
        attributes: node.attributes,
        size,
        again: (inputs, attributes) => record(node.primitive, inputs, attributes as never),
        all: (t) => {
          convert([t]);
          return values.get(t) ?? forAll(t, size);
        },
      };
      const rule = node.primitive.batch as ((context: BatchContext<unknown>) => Tensor[]) | undefined;
      const results = rule ? rule(context) : oneByOne(node, context);
      node.outputs.forEach((output, i) => {
        values.set(output, results[i]);
      });
    }
  };
  convert(outputs);
  return outputs.map((t) => values.get(t) ?? forAll(t, size));
}

/**
 * A function of one example, made one of a batch: recorded once, every operation then runs on all examples at once. The
 * gradients of each example are `vmap((x, y) => grad(loss(x, y), weights))`.
 *
 * Tensors from outside are the same for all examples, and so are random draws. Operations that cannot run on a batch (branches,
 * loops of unknown length) run example by example.
 *
 * @param fn takes and gives tensors in arrays and plain objects, without the axis of examples; must assign no variable
 * @returns  a function of tensors that have it as their first axis, giving results that have it too
 * @throws ShapeError if the arguments differ in the number of examples, RecordingError if fn assigns a variable
 */
export function vmap<A extends readonly Tree[], R extends Tree>(fn: (...args: A) => R): (...args: A) => R {
  return (...args) => {
    const leaves = treeLeaves(args).map((t) => t.resolve());
    const size = leaves[0]?.shape[0];
    const stray = leaves.find(({ shape }) => shape[0] !== size || size === undefined);
    if (leaves.length === 0 || size === undefined || stray) {
      const shapes = leaves.map(({ shape }) => formatShape(shape)).join(", ") || "none";
      throw new ShapeError(`vmap: tensors with one number of examples on their first axis are needed, got ${shapes}`);
    }
    const given = leaves.map(({ shape, dtype }) => placeholder(shape.slice(1), dtype));
    const recording = new Recording("body", activeRecording());
    const result = recordInto(recording, () => fn(...treeFill(args, given)));
    const outputs = recordInto(recording, () => treeLeaves(result).map((t) => t.resolve()));
    const [assigned] = recording.versions.keys();
    if (assigned)
      throw new RecordingError(
        `vmap: the function assigns ${assigned.label || "a variable"}, which has one value and not one an example`,
      );
    const values = new Map(given.map((t, i) => [t, leaves[i]] as const));
    return treeFill(result, batchGraph(outputs, values, size));
  };
}
