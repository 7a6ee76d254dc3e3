import { DTypeError, requireWhole, ShapeError } from "../errors.ts";
import { cast } from "../ops/elementwise.ts";
import { definePrimitive, type LowerContext } from "../primitive.ts";
import { placeholder, record } from "../record.ts";
import { formatShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { type Tree, treeFill, treeLeaves } from "../tree.ts";
import { repeatedWork, workOfNodes } from "../work.ts";
import { LoopBody } from "./body.ts";
import { requireSameCarry, traceStep } from "./trace.ts";

interface WhileAttributes {
  /** Given the number of the step, whether the loop goes on, and the carries; gives whether it goes on, and the next carries. */
  body: LoopBody;
  limit: number | undefined;
}

/** Inputs: whether to begin, the first carries, captures. Outputs: the last carries. */
const whilePrimitive = definePrimitive<WhileAttributes>({
  name: "whileLoop",
  unique: true,
  infer: (_, { body }) => body.outputs.slice(1).map(({ shape, dtype }) => ({ shape, dtype })),
  bodies: ({ body }) => [body],
  lower: lowerWhile,
  structure: ({ body, limit }) => `${limit} ${body.structure()}`,
  cost(_, __, { body, limit = 1 }) {
    return repeatedWork(workOfNodes(body.nodes()), limit);
  },
});

function lowerWhile({ emit, names, node, attributes: { body, limit } }: LowerContext<WhileAttributes>): string[] {
  const carries = body.outputs.length - 1;
  const [begin, ...rest] = names;
  const graph = body.subgraph(emit, `whileLoop#${node.id}`, rest.slice(carries));
  const most = limit === undefined ? "" : emit.int64Scalar(limit);
  return emit.many(carries, "Loop", [most, begin, ...rest.slice(0, carries)], { body: { graph } });
}

function requireTruthValue(t: Tensor): Tensor {
  const value = t.resolve();
  if (value.dtype !== "bool") throw new DTypeError(`whileLoop: the condition is a bool, got ${value.dtype}`);
  if (value.shape.length > 0)
    throw new ShapeError(`whileLoop: the condition is one value, got the shape ${formatShape(value.shape)}`);
  return value;
}

/**
 * A loop inside the program that goes on while a condition holds: while (condition(carry)) carry = step(carry).
 *
 * Tensors and variables from outside may be read in the step; variables assigned in it are carried from step to step. The
 * number of steps is known only as the program runs, so there is no reverse mode: `scan` has one. `cost` counts `limit`
 * steps, or one.
 *
 * @param condition gives a bool []
 * @param step      gives the next carry, of the same shapes
 * @param init      the first carry, a tree of tensors
 * @param limit     the most steps; none when absent
 * @returns         the last carry
 * @throws ShapeError if the carry changes its shape or the condition is no single value, DTypeError if it is no bool
 */
export function whileLoop<C extends Tree>(
  condition: (carry: C) => Tensor,
  step: (carry: C) => C,
  init: C,
  { limit }: { limit?: number } = {},
): C {
  if (limit !== undefined) requireWhole("whileLoop: the limit", limit);
  const carries = treeLeaves(init).map((t) => t.resolve());
  const [iteration, goesOn] = [placeholder([], "int64"), placeholder([], "bool")];
  const begin = requireTruthValue(condition(init));
  const { result, carriesIn, state, carriedOut } = traceStep(
    carries,
    (given) => step(treeFill(init, given)),
    (next) => ({ carry: treeLeaves(next).map((t) => t.resolve()), again: requireTruthValue(condition(next)) }),
    () => cast(iteration, "int32"),
  );
  requireSameCarry("whileLoop", carries, result.carry);
  const body = new LoopBody([iteration, goesOn, ...carriesIn], [result.again, ...result.carry, ...carriedOut]);
  const results = record(whilePrimitive, [begin, ...carries, ...state, ...body.captures], { body, limit });
  state.forEach((variable, i) => {
    variable.assign(results[carries.length + i]);
  });
  return treeFill(init, results.slice(0, carries.length));
}
