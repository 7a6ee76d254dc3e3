import * as op from "../../src/index.ts";
import { type DtypeTable, matrix, pair, vector } from "./operands.ts";

const yes = op.tensor([3]).greater(2).reshape([]);

/** Branches, loops and wrappers that only move values, so that a refusal is their own. */
export const controlOperations: DtypeTable = {
  cond: pair((a, b) =>
    op.cond(
      yes,
      () => op.flip(a, 0),
      () => b,
    ),
  ),
  "cond on a predicate": vector((x) =>
    op.cond(
      op.select(x, 0, 0),
      () => op.scalar(1),
      () => op.scalar(2),
    ),
  ),
  switchCase: pair((a, b) => op.switchCase(op.scalar(1, "int32"), [() => a, () => b])),
  scan: matrix((x) => {
    const { carry, outputs } = op.scan(
      (last: op.Tensor, row: op.Tensor) => ({ carry: row, output: last }),
      x.select(0, 1),
      x,
    );
    return [carry, outputs];
  }),
  whileLoop: vector(
    (x) =>
      op.whileLoop(
        ({ count }) => op.less(count, 3),
        ({ count, turning }) => ({ count: op.add(count, 1), turning: op.roll(turning, 1, 0) }),
        { count: op.scalar(0, "int32"), turning: x },
      ).turning,
  ),
  associativeScan: vector((x) =>
    // The later of two values: associative in every dtype.
    op.associativeScan((_: op.Tensor, later: op.Tensor) => later, x, op.zeros([1], x.dtype)),
  ),
  checkpoint: pair((a, b) => op.checkpoint((x: op.Tensor, y: op.Tensor) => op.concat([x, y]))(a, b)),
  vmap: matrix((x) => op.vmap((row: op.Tensor) => op.flip(row, 0))(x)),
  customVjp: vector(
    (x) => op.customVjp({ forward: (t) => ({ outputs: [op.flip(t, 0)] }), backward: (_, [g]) => [g] })(x)[0],
  ),
  straightThrough: pair((hard, soft) => op.straightThrough(hard, soft)),
};
