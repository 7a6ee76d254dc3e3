import { describe, expect, test } from "vitest";
import * as op from "../src/index.ts";
import {
  Buffer,
  cond,
  configure,
  cost,
  evaluate,
  fromArray,
  Generator,
  grad,
  jit,
  scan,
  switchCase,
  type Tensor,
  tensor,
  whileLoop,
} from "../src/index.ts";
import { checkOperation, expectClose } from "./check.ts";
import { waves } from "./expressions.ts";
import { reference } from "./reference.ts";

configure({ threads: 1 });

const values = async (t: Tensor): Promise<number[]> => Array.from(await t.data(), Number);
const truth = (value: boolean): Tensor => tensor(value);
const x = () => fromArray(waves(6, 1), [2, 3]);
const w = () => fromArray(waves(9, 2), [3, 3]);
const wave = (a: Tensor, b: Tensor): Tensor => op.sin(op.matmul(a, b)).mul(a);
const bowl = (a: Tensor): Tensor => op.tanh(a.mul(a)).add(1);

describe("cond", () => {
  test.each([true, false])("on %s equals the branch it chose in value, first and second derivative", async (chosen) => {
    const inputs = [x(), w()];
    const apply = (a: Tensor, b: Tensor) => [
      cond(
        truth(chosen),
        () => wave(a, b),
        () => bowl(a),
      ),
    ];
    await checkOperation({ inputs, apply }, { derivatives: 2, tolerance: 5e-5 });
    const [a, b] = inputs;
    const [left, right] = [apply(a, b)[0], chosen ? wave(a, b) : bowl(a)].map((y) => {
      const first = grad(op.sum(y.mul(y)), inputs);
      const slope = first.reduce((sum, g) => sum.add(op.sum(g.mul(g))), op.scalar(0));
      return reference([y, ...first, ...grad(slope, inputs)]);
    });
    left.forEach((value, i) => {
      expectClose(`quantity ${i}`, value, right[i], 1e-10);
    });
  });

  test("decides anew at each run of one program", async () => {
    const step = jit((t: Tensor) => {
      const y = cond(
        op.greater(op.sum(t), 0),
        () => op.exp(t),
        () => t.mul(-3),
      );
      return [y, grad(op.sum(y), t)];
    });
    expect(await Promise.all((await step(tensor([1, 1]))).map(values))).toEqual([
      [Math.fround(Math.E), Math.fround(Math.E)].map((v) => expect.closeTo(v, 5)),
      [expect.closeTo(Math.E, 5), expect.closeTo(Math.E, 5)],
    ]);
    expect(await Promise.all((await step(tensor([-1, -1]))).map(values))).toEqual([
      [3, 3],
      [-3, -3],
    ]);
  });

  test("runs only the branch it chose, in the derivative too: the other would fail", async () => {
    const table = fromArray(new Float32Array(1000).fill(2), [1000]);
    const step = jit((index: Tensor) => {
      const y = cond(
        op.less(index, 1000),
        () => op.gather(table, index).mul(op.gather(table, index)),
        () => op.scalar(-1),
      );
      return [y, op.sum(grad(y, table))];
    });
    expect(await Promise.all((await step(tensor(7, { dtype: "int32" }))).map(values))).toEqual([[4], [4]]);
    expect(await Promise.all((await step(tensor(5000, { dtype: "int32" }))).map(values))).toEqual([[-1], [0]]);
  });

  test("holds loops, and stands in loops", async () => {
    const cumulative = (a: Tensor): Tensor =>
      scan((h: Tensor, v: Tensor) => ({ carry: h.add(v), output: h.mul(v) }), op.scalar(0), a).outputs;
    const inside = (a: Tensor) => [
      cond(
        truth(true),
        () => cumulative(a),
        () => a,
      ),
    ];
    await checkOperation({ inputs: [fromArray(waves(5, 3), [5])], apply: inside }, { derivatives: 2, tolerance: 5e-5 });
    const around = (a: Tensor) => [
      scan(
        (h: Tensor, v: Tensor) => ({
          carry: cond(
            op.greater(v, 0),
            () => op.sin(h.add(v)),
            () => h.mul(v),
          ),
          output: [],
        }),
        op.scalar(0.5),
        a,
      ).carry,
    ];
    await checkOperation({ inputs: [fromArray(waves(5, 4), [5])], apply: around }, { derivatives: 2, tolerance: 5e-5 });
  });

  test("carries what a branch assigns, and leaves the variable as it was in the other", async () => {
    const [count, other] = [new Buffer(op.scalar(1)), new Buffer(op.scalar(5))];
    const step = jit((flag: Tensor) =>
      cond(
        flag,
        () => {
          count.assign(count.add(1));
          return count.mul(10);
        },
        () => {
          other.assign(other.mul(2));
          return count.mul(-1);
        },
      ),
    );
    expect(await values(await step(truth(true)))).toEqual([20]);
    expect(await values(await step(truth(false)))).toEqual([-2]);
    expect([await values(count), await values(other)]).toEqual([[2], [10]]);
  });

  test("draws the stream's numbers in a branch as outside of it", async () => {
    const draw = async (inBranch: boolean): Promise<number[]> => {
      const generator = new Generator(3);
      const step = jit(() =>
        inBranch
          ? cond(
              truth(true),
              () => generator.uniform([4]),
              () => op.zeros([4]),
            )
          : generator.uniform([4]),
      );
      await step();
      return values(await step());
    };
    expect(await draw(true)).toEqual(await draw(false));
  });

  test("costs what the dearer branch costs", () => {
    const { macs } = cost(
      (a: Tensor, b: Tensor) =>
        cond(
          op.greater(op.sum(a), 0),
          () => op.matmul(op.matmul(a, b), b),
          () => op.matmul(a, b),
        ),
      x(),
      w(),
    );
    expect(macs).toBe(2 * 2 * 3 * 3);
  });

  test("refuses branches that differ and predicates that are no single bool", () => {
    const branch = () => x();
    expect(() => cond(truth(true), branch, () => w())).toThrow("got float32[2, 3] and float32[3, 3]");
    expect(() => cond(op.scalar(1), branch, branch)).toThrow("the predicate is a bool, got float32");
    expect(() => cond(op.greater(x(), 0), branch, branch)).toThrow("one value, got the shape [2, 3]");
  });
});

describe("switchCase", () => {
  test("runs the branch of its number, the last one for numbers without a branch, and differentiates it", async () => {
    const step = jit((index: Tensor, t: Tensor) => {
      const y = switchCase(index, [() => t.mul(2), () => op.exp(t), () => t.mul(t)]);
      return [y, grad(y, t)];
    });
    const at = async (index: number): Promise<number[]> =>
      (await Promise.all((await step(tensor(index, { dtype: "int32" }), op.scalar(3))).map(values))).flat();
    expect(await at(0)).toEqual([6, 2]);
    expect(await at(1)).toEqual([expect.closeTo(Math.exp(3), 3), expect.closeTo(Math.exp(3), 3)]);
    expect(await at(2)).toEqual([9, 6]);
    expect(await at(7)).toEqual([9, 6]);
  });
});

describe("whileLoop", () => {
  test("goes on until its condition fails: Newton's square root to the last bit", async () => {
    const root = jit((a: Tensor) =>
      whileLoop(
        ({ y, last }) => op.greater(op.abs(y.sub(last)), 0),
        ({ y }) => ({ y: y.add(a.div(y)).mul(0.5), last: y }),
        { y: a, last: op.scalar(0) },
        { limit: 60 },
      ),
    );
    for (const a of [2, 9, 12345]) expect((await (await root(op.scalar(a))).y.item()) ** 2 / a).toBeCloseTo(1, 6);
  });

  test("does not begin when its condition is false, stops at its limit, and agrees with the reference", async () => {
    const count = (until: number, limit?: number) =>
      whileLoop(
        ([n]) => op.less(n, until),
        ([n, product]) => [n.add(1), product.mul(op.sin(n).add(2))] as [Tensor, Tensor],
        [op.scalar(0), op.scalar(1)] as [Tensor, Tensor],
        { limit },
      );
    for (const [until, limit, steps] of [
      [0, undefined, 0],
      [5, undefined, 5],
      [5, 3, 3],
      [5, 0, 0],
    ] as const) {
      const result = count(until, limit);
      await evaluate(result);
      expect(await values(result[0])).toEqual([steps]);
      expectClose("product", Float64Array.from(await values(result[1])), reference([result[1]])[0], 1e-5);
    }
  });

  test("carries the variables its step assigns and draws new random numbers at each step", async () => {
    const [least, most] = [new Buffer(op.scalar(1)), new Buffer(op.scalar(0))];
    const generator = new Generator(8);
    const run = jit(() =>
      whileLoop(
        (n) => op.less(n, 4),
        (n) => {
          const draw = generator.uniform([]);
          least.assign(op.minimum(least, draw));
          most.assign(op.maximum(most, draw));
          return n.add(1);
        },
        op.scalar(0),
      ),
    );
    await run();
    expect(await least.item()).toBeLessThan(await most.item());
    expect(await values(generator.state)).toEqual([8, 0, 1]);
  });

  test("has no derivative, and says so", () => {
    const a = op.scalar(2);
    const y = whileLoop(
      (v) => op.less(v, 100),
      (v) => v.mul(a),
      a,
    );
    expect(() => grad(y, a)).toThrow("whileLoop has no derivative");
  });

  test("refuses a carry that changes its shape and a condition that is no single bool", () => {
    expect(() =>
      whileLoop(
        () => truth(true),
        (v) => op.concat([v, v]),
        x(),
      ),
    ).toThrow("carry 0 is float32[2, 3] at first and float32[4, 3] after a step");
    expect(() =>
      whileLoop(
        (v) => op.less(v, 0),
        (v) => v,
        x(),
      ),
    ).toThrow("one value, got the shape [2, 3]");
    expect(() =>
      whileLoop(
        (v) => v,
        (v) => v,
        op.scalar(1),
      ),
    ).toThrow("the condition is a bool, got float32");
    expect(() =>
      whileLoop(
        () => truth(true),
        (v) => v,
        op.scalar(1),
        { limit: -1 },
      ),
    ).toThrow("at least 0, got -1");
  });
});
