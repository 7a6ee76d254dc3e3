import { describe, expect, test } from "vitest";
import {
  add,
  configure,
  grad,
  jit,
  mul,
  Parameter,
  packVariables,
  RecordingError,
  scan,
  sum,
  type Tensor,
  tensor,
  Variable,
  type VariablePack,
} from "../src/index.ts";

configure({ threads: 1 });

const values = async (...tensors: Tensor[]): Promise<number[][]> =>
  Promise.all(tensors.map(async (t) => Array.from((await t.data()) as Float32Array)));

/** Two variables, [2] and [1, 2], in a pack of 4 values. */
function packed(): { a: Variable; b: Variable; pack: VariablePack } {
  const [a, b] = [new Parameter(tensor([1, 2])), new Parameter(tensor([[3, 4]]))];
  return { a, b, pack: packVariables([a, b]) as VariablePack };
}

describe("variables in a pack", () => {
  test("are read and written as one vector, each seeing its stretch of it", async () => {
    const { a, b, pack } = packed();
    const double = jit(() => {
      pack.assign(mul(pack.resolve(), 2));
      return { a: add(a, 0), b: add(b, 0) };
    });
    for (const factor of [2, 4, 8]) {
      const now = await double();
      expect(await values(now.a, now.b, a, b)).toEqual(
        [1, 2].flatMap(() => [
          [factor, 2 * factor],
          [3 * factor, 4 * factor],
        ]),
      );
    }
    expect(b.shape).toEqual([1, 2]);
  });

  test("may be assigned alone before and after the whole, the latest assignment being what counts", async () => {
    const { a, b, pack } = packed();
    const step = jit(() => {
      a.assign(mul(a, 10));
      pack.assign(add(pack.resolve(), 1));
      b.assign(mul(b, 100));
      return { whole: add(pack.resolve(), 0), a: add(a, 0) };
    });
    const { whole, a: seen } = await step();
    expect(await values(whole, seen, a, b)).toEqual([
      [11, 21, 400, 500],
      [11, 21],
      [11, 21],
      [400, 500],
    ]);
    await step();
    expect(await values(a, b)).toEqual([
      [111, 211],
      [40_100, 50_100],
    ]);
  });

  test("may be assigned alone, the others staying as they are", async () => {
    const { a, b } = packed();
    const step = jit(() => b.assign(add(b, a)));
    await step();
    await step();
    expect(await values(a, b)).toEqual([
      [1, 2],
      [5, 8],
    ]);
  });

  test("have the values set from outside when a program reads the whole alone", async () => {
    const { a, b, pack } = packed();
    const whole = jit(() => add(pack.resolve(), 0));
    a.set([7, 8]);
    b.assign(mul(b, 2));
    expect(await values(await whole())).toEqual([[7, 8, 6, 8]]);
  });

  test("are told and set together from outside of programs too", async () => {
    const { a, b, pack } = packed();
    b.assign(mul(b, 2));
    expect(await values(pack)).toEqual([[1, 2, 6, 8]]);
    pack.set([4, 3, 2, 1]);
    expect(await values(a, b, pack)).toEqual([
      [4, 3],
      [2, 1],
      [4, 3, 2, 1],
    ]);
    expect(() => pack.set([1])).toThrow("set: a pack of 4 values got 1");
  });

  test("leave expressions recorded before a program with the values they had then", async () => {
    const { a, b, pack } = packed();
    const [before, product] = [add(a, 0), mul(b, b)];
    await jit(() => pack.assign(mul(pack.resolve(), -1)))();
    expect(await values(before, product, add(a, 0))).toEqual([
      [1, 2],
      [9, 16],
      [-1, -2],
    ]);
  });

  test("have gradients at the value that was read, before and after the whole is assigned", async () => {
    const { a, pack } = packed();
    const step = jit(() => {
      const before = grad(sum(mul(a, a)), a);
      pack.assign(mul(pack.resolve(), 3));
      return { before, after: grad(sum(mul(a, a)), a) };
    });
    const { before, after } = await step();
    expect(await values(before, after)).toEqual([
      [2, 4],
      [6, 12],
    ]);
  });

  test("are carried by a loop that assigns them", async () => {
    const { a, b, pack } = packed();
    const run = jit(() => {
      pack.assign(mul(pack.resolve(), 2));
      scan(
        (carry: Tensor[]) => {
          a.assign(add(a, 1));
          return { carry, output: [] };
        },
        [],
        [],
        { length: 3 },
      );
      return add(pack.resolve(), 0);
    });
    expect(await values(await run(), a, b)).toEqual([
      [5, 7, 6, 8],
      [5, 7],
      [6, 8],
    ]);
  });

  test("keep what a program wrote that was called before they were packed", async () => {
    const a = new Variable(tensor([1, 2]));
    const step = jit(() => a.assign(add(a, 1)));
    const calls = [step(), step()];
    packVariables([a]);
    await Promise.all([...calls, step()]);
    expect(await values(a)).toEqual([[4, 5]]);
  });
});

describe("packVariables", () => {
  test("gives the same pack for the same variables, and none for some of them or in another order", () => {
    const { a, b, pack } = packed();
    expect(packVariables([a, b])).toBe(pack);
    for (const others of [[b, a], [a], [a, b, new Variable(tensor([1]))], [new Variable(tensor([1])), a]])
      expect(packVariables(others)).toBeUndefined();
  });

  test("gives none for no variables, and none for several dtypes", () => {
    expect(packVariables([])).toBeUndefined();
    expect(packVariables([new Variable(tensor([1])), new Variable(tensor([1], { dtype: "int32" }))])).toBeUndefined();
  });

  test("the whole is read and assigned in a program only, outside of its loops", async () => {
    const { pack } = packed();
    expect(() => pack.resolve()).toThrow(RecordingError);
    expect(() => pack.assign(tensor([1, 2, 3, 4]))).toThrow(RecordingError);
    const inLoop = jit(() =>
      scan(
        (carry: Tensor[]) => {
          pack.assign(tensor([1, 2, 3, 4]));
          return { carry, output: [] };
        },
        [],
        [],
        { length: 2 },
      ),
    );
    await expect(inLoop()).rejects.toThrow(RecordingError);
  });
});
