import { backpropagate } from "../grad.ts";
import { schedule } from "../onnx/lower.ts";
import { definePrimitive } from "../primitive.ts";
import { placeholder, record, recordedSoFar, recordOne } from "../record.ts";
import { activeRecording, Recording, recordInto } from "../recording.ts";
import type { Tensor } from "../tensor.ts";
import { type Tree, treeFill, treeLeaves } from "../tree.ts";
import { workOfNodes } from "../work.ts";
import { Stretch } from "./body.ts";

/** 0 as int64 [1], known only once the tensors are: what makes the runtime compute something again, and not before. */
const gatePrimitive = definePrimitive<Record<string, never>>({
  name: "gate",
  unique: true,
  movement: true,
  differentiable: [],
  infer: () => [{ shape: [1], dtype: "int64" }],
  lower({ emit, names, inputs }) {
    const zeros = names.map((name, i) => {
      const flat = emit.reshape(name, [-1]);
      const first = emit.one("Slice", [flat, emit.int64([0]), emit.int64([1]), emit.int64([0])]);
      const value = inputs[i].dtype === "float16" ? emit.cast(first, "float32") : first;
      return emit.cast(emit.one("Less", [value, value]), "int64");
    });
    return [zeros.reduce((a, b) => emit.one("Add", [a, b]))];
  },
});

/** The same value behind a gate: a reshape to the tensor's own shape plus 0, which copies nothing. */
const barrierPrimitive = definePrimitive<Record<string, never>>({
  name: "barrier",
  unique: true,
  movement: true,
  differentiable: [0],
  infer: ([{ shape, dtype }]) => [{ shape, dtype }],
  vjp: (_, [g]) => [g, undefined],
  lower({ emit, names: [x, gate], inputs: [{ shape, dtype }] }) {
    const target = emit.one("Add", [emit.int64(shape), gate]);
    const allowzero = { int: shape.includes(0) ? 1 : 0 };
    return [emit.tell(emit.one("Reshape", [x, target], { allowzero }), shape, dtype)];
  },
});

/** Records a body's nodes again, on other tensors in place of those it is given and captures. */
function replay(body: Stretch, replaced: Map<Tensor, Tensor>): Tensor[] {
  const again = (t: Tensor): Tensor => {
    for (const { primitive, inputs, attributes, outputs } of schedule([t], (s) => replaced.has(s) || body.ends(s))) {
      const fresh = primitive.rebase?.(attributes as never, again) ?? attributes;
      const made = record(
        primitive as never,
        inputs.map((input) => replaced.get(input) ?? input),
        fresh as never,
      );
      outputs.forEach((output, i) => {
        replaced.set(output, made[i]);
      });
    }
    return replaced.get(t) ?? t;
  };
  return body.outputs.map(again);
}

const checkpointPrimitive = definePrimitive<{ body: Stretch }>({
  name: "checkpoint",
  unique: true,
  infer: (_, { body }) => body.outputs.map(({ shape, dtype }) => ({ shape, dtype })),
  vjp({ inputs, attributes: { body } }, gradients) {
    const known = gradients.filter((g) => g !== undefined && g.size > 0) as Tensor[];
    if (known.length === 0) return [];
    const gate = recordOne(gatePrimitive, known, {});
    const places = [...body.given, ...body.captures];
    const behind = inputs.map((input) => recordOne(barrierPrimitive, [input, gate], {}));
    const outputs = replay(body, new Map(places.map((place, i) => [place, behind[i]])));
    return backpropagate(outputs, gradients, behind, (t) => behind.includes(t));
  },
  bodies: ({ body }) => [body],
  lower: ({ emit, names, node, attributes: { body } }) =>
    body.emit(emit, `checkpoint#${node.id}`, names.slice(0, body.given.length), names.slice(body.given.length)),
  structure: ({ body }) => body.structure(),
  cost: (_, __, { body }) => workOfNodes(body.nodes()),
});

/**
 * A function whose intermediate values are not kept for the derivative but computed again when it is taken (Chen et al.,
 * arXiv 1604.06174): memory for one more forward pass.
 *
 * Tensors and variables from outside may be read; a variable assigned inside is assigned once. Random draws are the same when
 * they are computed again.
 *
 * @param fn takes and gives tensors in arrays and plain objects
 * @returns  the same function
 */
export function checkpoint<A extends readonly Tree[], R extends Tree>(fn: (...args: A) => R): (...args: A) => R {
  return (...args) => {
    const leaves = treeLeaves(args).map((t) => t.resolve());
    const given = leaves.map(({ shape, dtype }) => placeholder(shape, dtype));
    const recording = new Recording("body", activeRecording());
    const first = recordedSoFar();
    const result = recordInto(recording, () => fn(...treeFill(args, given)));
    const outputs = recordInto(recording, () => treeLeaves(result).map((t) => t.resolve()));
    const state = [...recording.versions.keys()];
    const values = state.map((variable) => recording.latest(variable) as Tensor);
    const body = new Stretch(given, [...outputs, ...values], first, recordedSoFar());
    const results = record(checkpointPrimitive, [...leaves, ...body.captures], { body });
    state.forEach((variable, i) => {
      variable.assign(results[outputs.length + i]);
    });
    return treeFill(result, results);
  };
}
