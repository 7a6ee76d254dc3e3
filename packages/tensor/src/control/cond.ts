import { isFloat } from "../dtype.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { backpropagate } from "../grad.ts";
import type { Emitter } from "../onnx/emitter.ts";
import { schedule } from "../onnx/lower.ts";
import { equal } from "../ops/elementwise.ts";
import { expand } from "../ops/movement.ts";
import { definePrimitive, type LowerContext, type Spec } from "../primitive.ts";
import { record, recordedSoFar, scalar, zeros } from "../record.ts";
import { activeRecording, Recording, recordInto } from "../recording.ts";
import { formatShape, sameShape } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { type Tree, treeFill, treeLeaves } from "../tree.ts";
import { workOfNodes } from "../work.ts";
import { Stretch } from "./body.ts";

interface CondAttributes {
  /** What runs when the predicate is true, and when it is false. */
  branches: readonly [Stretch, Stretch];
  /** Shapes of the outputs: where a branch keeps values for its own derivative, the other gives an empty tensor. */
  specs: Spec[];
}

const specOf = ({ shape, dtype }: Spec): Spec => ({ shape, dtype });

/** Inputs: the predicate, what the true branch is given, what the false one is, and the captures of both. */
const condPrimitive = definePrimitive<CondAttributes>({
  name: "cond",
  unique: true,
  infer: (_, { specs }) => specs.map(specOf),
  vjp: condVjp,
  bodies: ({ branches }) => branches,
  rebase: ({ branches: [a, b], specs }) => ({ branches: [a.copy(), b.copy()], specs: [...specs] }),
  lower: lowerCond,
  structure: ({ branches }) => branches.map((branch) => branch.structure()).join("\nelse\n"),
  cost(_, __, { branches }) {
    const [whenTrue, whenFalse] = branches.map((branch) => workOfNodes(branch.nodes()));
    return whenTrue.flops >= whenFalse.flops ? whenTrue : whenFalse;
  },
});

const capturesOf = (branches: CondAttributes["branches"]): Tensor[] => [
  ...new Set(branches.flatMap((branch) => branch.captures)),
];

const recordCond = (predicate: Tensor, given: readonly Tensor[], attributes: CondAttributes): Tensor[] =>
  record(condPrimitive, [predicate, ...given, ...capturesOf(attributes.branches)], attributes);

/**
 * The predicate, kept from being decided as the program is compiled when it depends on constants alone: the runtime would put
 * the chosen branch in place and then find that the other does not fit the empty values it was left.
 */
function undecided(emit: Emitter, predicate: Tensor, name: string): string {
  const constant =
    predicate.held ??
    schedule([predicate]).every(({ inputs }) => inputs.every((t) => t.held || t.node.inputs.length > 0));
  if (!constant || emit.standard) return name;
  // What draws a random number is computed at each run.
  const draw = emit.one("RandomUniform", [], { shape: { ints: [1] } });
  const truth = emit.one("Squeeze", [emit.one("Less", [draw, emit.scalar(2, "float32")])]);
  return emit.one("And", [name, truth]);
}

function lowerCond({ emit, names, node, attributes: { branches } }: LowerContext<CondAttributes>): string[] {
  const [predicate, ...rest] = names;
  const captures = capturesOf(branches);
  const captured = rest.slice(rest.length - captures.length);
  let next = 0;
  const graphs = branches.map((branch, i) => {
    const given = rest.slice(next, next + branch.given.length);
    next += given.length;
    return branch.subgraphOf(
      emit,
      `cond#${node.id}/${i === 0 ? "true" : "false"}`,
      given,
      branch.captures.map((t) => captured[captures.indexOf(t)]),
    );
  });
  return emit.many(node.outputs.length, "If", [undecided(emit, node.inputs[0], predicate)], {
    then_branch: { graph: graphs[0] },
    else_branch: { graph: graphs[1] },
  });
}

/**
 * A condition again, on the same predicate. Values of the forward pass that a branch's derivative reads become outputs of the
 * forward condition, empty when the other branch ran: the peak memory is that of one branch.
 */
function condVjp(
  {
    inputs,
    outputs,
    attributes,
  }: { inputs: readonly Tensor[]; outputs: readonly Tensor[]; attributes: CondAttributes },
  gradients: readonly (Tensor | undefined)[],
): (Tensor | undefined)[] {
  const { branches, specs } = attributes;
  const { node } = outputs[0];
  const captures = capturesOf(branches);
  const wrt = [...branches.flatMap((branch) => branch.given), ...captures].filter(({ dtype }) => isFloat(dtype));
  const keep = (t: Tensor, which: number): Tensor => {
    const at = branches[which].outputs.indexOf(t);
    if (at >= 0) return node.outputs[at];
    branches.forEach((branch, i) => {
      branch.outputs.push(
        i === which
          ? t
          : zeros(
              t.shape.map(() => 0),
              t.dtype,
            ),
      );
    });
    specs.push(specOf(t));
    const made = new Tensor(node, node.outputs.length, t.shape, t.dtype);
    node.outputs.push(made);
    return made;
  };
  const found = branches.map((branch, which) => {
    const first = recordedSoFar();
    const flows = backpropagate(branch.outputs.slice(0, gradients.length), gradients, wrt, branch.ends);
    const results = wrt.map(({ shape, dtype }, i) => flows[i] ?? expand(scalar(0, dtype), shape));
    const end = recordedSoFar();
    const isForward = (t: Tensor): boolean => branch.isInside(t);
    const needed = new Set(results.filter(isForward));
    for (const { inputs: read } of schedule(results, (t) => t.node.inputs.length === 0 || isForward(t)))
      for (const t of read) if (isForward(t)) needed.add(t);
    return { results, first, end, needed: [...needed], which };
  });
  const offsets = [1, 1 + branches[0].given.length];
  const given = found.flatMap(({ needed, which }) =>
    needed.map((t) => {
      const at = branches[which].given.indexOf(t);
      return at >= 0 ? inputs[offsets[which] + at] : keep(t, which);
    }),
  );
  const [whenTrue, whenFalse] = found.map(
    ({ results, first, end, needed }) => new Stretch(needed, results, first, end),
  );
  const results = recordCond(inputs[0], given, { branches: [whenTrue, whenFalse], specs: wrt.map(specOf) });
  return [
    undefined,
    ...[...branches.flatMap((branch) => branch.given), ...captures].map((t) => {
      const at = wrt.indexOf(t);
      return at >= 0 ? results[at] : undefined;
    }),
  ];
}

/**
 * One of two branches, chosen as the program runs; only the chosen one runs, in the derivative too.
 *
 * Tensors and variables from outside may be read in a branch. A variable assigned in one branch keeps its value when the other
 * runs.
 *
 * @param predicate bool []
 * @returns         what the branch gave; both must give the same tree of shapes and dtypes
 * @throws ShapeError if they differ, or the predicate is no single value; DTypeError if it is no bool
 */
export function cond<T extends Tree>(predicate: Tensor, whenTrue: () => T, whenFalse: () => T): T {
  const chosen = predicate.resolve();
  if (chosen.dtype !== "bool") throw new DTypeError(`cond: the predicate is a bool, got ${chosen.dtype}`);
  if (chosen.shape.length > 0)
    throw new ShapeError(`cond: the predicate is one value, got the shape ${formatShape(chosen.shape)}`);
  const traced = [whenTrue, whenFalse].map((branch) => {
    const first = recordedSoFar();
    const recording = new Recording("body", activeRecording());
    const result = recordInto(recording, branch);
    const leaves = recordInto(recording, () => treeLeaves(result).map((t) => t.resolve()));
    return { first, end: recordedSoFar(), recording, result, leaves };
  });
  const [a, b] = traced;
  const fits = (t: Tensor, i: number): boolean =>
    sameShape(t.shape, b.leaves[i].shape) && t.dtype === b.leaves[i].dtype;
  if (a.leaves.length !== b.leaves.length || !a.leaves.every(fits)) {
    const [left, right] = traced.map(({ leaves }) => leaves.map((t) => t.dtype + formatShape(t.shape)).join(", "));
    throw new ShapeError(`cond: the branches must give the same shapes, got ${left} and ${right}`);
  }
  const state = [...new Set(traced.flatMap(({ recording }) => [...recording.versions.keys()]))];
  const branches = traced.map(
    ({ first, end, recording, leaves }) =>
      new Stretch(
        [],
        [...leaves, ...state.map((variable) => recording.latest(variable) ?? variable.resolve())],
        first,
        end,
      ),
  ) as [Stretch, Stretch];
  const results = recordCond(chosen, [], { branches, specs: branches[0].outputs.map(specOf) });
  state.forEach((variable, i) => {
    variable.assign(results[a.leaves.length + i]);
  });
  return treeFill(a.result, results.slice(0, a.leaves.length));
}

/**
 * One of several branches by number; only the chosen one runs.
 *
 * @param index int32 []; the last branch runs for every number that names no other
 */
export function switchCase<T extends Tree>(index: Tensor, branches: readonly (() => T)[]): T {
  if (branches.length === 0) throw new ShapeError("switchCase: at least one branch is needed, got none");
  const from = (i: number): T =>
    i === branches.length - 1 ? branches[i]() : cond(equal(index, i), branches[i], () => from(i + 1));
  return from(0);
}
