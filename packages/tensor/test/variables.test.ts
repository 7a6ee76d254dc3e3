import { describe, expect, test } from "vitest";
import * as op from "../src/index.ts";
import {
  Buffer,
  configure,
  evaluate,
  fromArray,
  grad,
  jit,
  Parameter,
  scalar,
  type Tensor,
  tensor,
  Variable,
} from "../src/index.ts";

configure({ threads: 1 });

const values = async (t: Tensor): Promise<number[]> => Array.from((await t.data()) as Float32Array);

describe("inside a program", () => {
  test("a read sees the latest assignment in record order, and the last write wins", async () => {
    const w = new Parameter(tensor([1, 2]));
    const step = jit(() => {
      const before = w.mul(10);
      w.assign(w.add(1));
      const between = w.mul(10);
      w.assign(w.mul(w));
      return { before, between, after: w.mul(10) };
    });
    const { before, between, after } = await step();
    expect(await values(before)).toEqual([10, 20]);
    expect(await values(between)).toEqual([20, 30]);
    expect(await values(after)).toEqual([40, 90]);
    expect(await values(w)).toEqual([4, 9]);
    await step();
    expect(await values(w)).toEqual([25, 100]);
  });

  test("a gradient with respect to an assigned variable is one at its new value (sharpness-aware minimisation)", async () => {
    const [start, radius, rate] = [2, 0.5, 0.1];
    const w = new Parameter(tensor([start]));
    const loss = () => op.sum(w.mul(w).mul(w));
    const step = jit(() => {
      const first = grad(loss(), w);
      const push = op.sign(first).mul(radius);
      w.assign(w.add(push));
      const second = grad(loss(), w);
      w.assign(w.sub(push).sub(second.mul(rate)));
      return { first, second };
    });
    const { first, second } = await step();
    expect(await first.item()).toBeCloseTo(3 * start ** 2, 5);
    expect(await second.item()).toBeCloseTo(3 * (start + radius) ** 2, 5);
    expect(await w.item()).toBeCloseTo(start - rate * 3 * (start + radius) ** 2, 5);
  });

  test("a loss recorded before an assignment is differentiated at the value it read", async () => {
    const w = new Parameter(tensor([3]));
    const step = jit(() => {
      const loss = op.sum(w.mul(w));
      w.assign(w.mul(0));
      return grad(loss, w);
    });
    expect(await (await step()).item()).toBe(6);
  });

  test("a variable given as the result is its latest value", async () => {
    const w = new Buffer(tensor([1]));
    const step = jit(() => {
      w.assign(w.add(1));
      return w as Tensor;
    });
    expect(await values(await step())).toEqual([2]);
    expect(await values(await step())).toEqual([3]);
    expect(await values(w)).toEqual([3]);
  });

  test("two variables may change places", async () => {
    const [a, b] = [new Buffer(tensor([1])), new Buffer(tensor([2]))];
    const swap = jit(() => {
      const kept = a.mul(1);
      a.assign(b.mul(1));
      b.assign(kept);
    });
    await swap();
    expect([await a.item(), await b.item()]).toEqual([2, 1]);
    const direct = jit(() => {
      const [p, q] = [a.resolve(), b.resolve()];
      a.assign(q);
      b.assign(p);
    });
    await direct();
    expect([await a.item(), await b.item()]).toEqual([1, 2]);
  });

  test("a variable passed as an argument is read at its value of the call", async () => {
    const w = new Parameter(tensor([5]));
    const double = jit((x: Tensor) => x.mul(2));
    expect(await (await double(w)).item()).toBe(10);
    w.assign(tensor([7]));
    expect(await (await double(w)).item()).toBe(14);
  });

  test("an assignment of another shape or dtype is refused with both", () => {
    const w = new Parameter(tensor([1, 2]));
    w.label = "layer.weight";
    expect(() => w.assign(tensor([1]))).toThrow(/layer.weight has shape \[2\], the value \[1\]/);
    expect(() => w.assign(tensor([1, 2], { dtype: "int32" }))).toThrow(/float32, the value int32/);
    expect(() => w.set([1])).toThrow(/takes 2 values, got 1/);
  });

  test("a run that fails leaves the variables as they were, and the next one works", async () => {
    const w = new Parameter(tensor([1]));
    const table = fromArray(new Float32Array(20).fill(3), [20]);
    const step = jit((index: Tensor) => {
      w.assign(w.add(1));
      return table.gather(index);
    });
    const bad = fromArray(
      Int32Array.from({ length: 20 }, () => 99),
      [20],
    );
    await expect(step(bad)).rejects.toThrow(op.RuntimeError);
    expect(await w.item()).toBe(1);
    expect((await values(await step(fromArray(new Int32Array(20), [20]))))[0]).toBe(3);
    expect(await w.item()).toBe(2);
  });
});

describe("outside of programs", () => {
  test("an assignment is seen by later reads and later programs", async () => {
    const w = new Parameter(tensor([1]));
    w.assign(w.add(4));
    w.assign(w.mul(2));
    expect(await w.mul(1).item()).toBe(10);
    const step = jit(() => w.add(1));
    w.assign(w.add(1));
    expect(await (await step()).item()).toBe(12);
    w.set([100]);
    expect(await (await step()).item()).toBe(101);
  });

  test("a program that overwrites a variable without reading it ends a pending assignment", async () => {
    const w = new Parameter(tensor([1]));
    w.assign(tensor([9]));
    await jit(() => w.assign(tensor([3])))();
    expect(await w.item()).toBe(3);
  });

  test("an expression keeps the value it was recorded with after a program, a `set` or an assignment changed the variable", async () => {
    const w = new Parameter(tensor([2]));
    const recorded = w.mul(10);
    await jit(() => w.assign(w.add(1)))();
    const second = w.mul(10);
    w.set([7]);
    const third = w.mul(10);
    w.assign(tensor([8]));
    const fourth = w.mul(10);
    await evaluate([recorded, second, third, fourth]);
    expect([recorded, second, third, fourth].map((t) => t.held?.[0])).toEqual([20, 30, 70, 80]);
  });

  test("an expression that a program captures keeps its value through the program's runs", async () => {
    const w = new Parameter(fromArray(new Float32Array(20).fill(2), [20]));
    const recorded = w.mul(10);
    const step = jit(() => {
      w.assign(w.add(1));
      return recorded.add(w.mul(0));
    });
    for (let run = 0; run < 3; run++) expect((await values(await step()))[0]).toBe(20);
    expect((await values(w))[0]).toBe(5);
  });

  test("a variable cannot be read while a program is recorded", async () => {
    const w = new Parameter(tensor([1]));
    let reading: Promise<unknown> | undefined;
    await jit(() => {
      reading = w.data();
      reading.catch(() => {});
      return w.add(1);
    })();
    await expect(reading).rejects.toThrow(op.RecordingError);
  });

  test("a loss is differentiated at the value it read, though the variable was assigned or a program changed it since", async () => {
    const w = new Parameter(tensor([3]));
    const loss = () => op.sum(w.mul(w));
    const [first, beforeAssignment] = [loss(), grad(loss(), w)];
    w.assign(tensor([10]));
    expect(await grad(first, w).item()).toBe(6);
    expect(await beforeAssignment.item()).toBe(6);
    const second = loss();
    expect(await grad(second, w).item()).toBe(20);
    expect(await w.item()).toBe(10);
    const third = w.mul(3);
    await jit(() => w.assign(w.add(1)))();
    expect(await grad(op.sum(third.mul(w)), w).item()).toBe(30);
    expect(await grad(op.sum(third.mul(2)), w).item()).toBe(6);
  });

  test("a variable made from an expression takes its value on first use", async () => {
    const w = new Variable(tensor([2]).mul(3));
    expect(await (await jit(() => w.add(1))()).item()).toBe(7);
    expect(await w.item()).toBe(6);
  });

  test("the values a variable gives are a copy", async () => {
    const w = new Parameter(tensor([1]));
    const copy = (await w.data()) as Float32Array;
    copy[0] = 5;
    expect(await w.item()).toBe(1);
  });

  test("the initial array belongs to the caller and is not written to", async () => {
    const initial = Float32Array.of(1, 2);
    const w = new Parameter(fromArray(initial, [2]));
    const step = jit(() => w.assign(w.add(1)));
    await step();
    await step();
    expect(Array.from(initial)).toEqual([1, 2]);
  });

  test("several variables are evaluated in one call", async () => {
    const [a, b] = [new Parameter(tensor([1])), new Parameter(tensor([2]).mul(2))];
    await evaluate([a, b, a.add(b)]);
    expect([await a.item(), await b.item()]).toEqual([1, 4]);
  });
});

describe("concurrent calls", () => {
  test("calls of one program queue and each sees the last", async () => {
    const count = new Buffer(scalar(0));
    const step = jit(() => {
      count.assign(count.add(1));
      return count.mul(1);
    });
    const results = await Promise.all(Array.from({ length: 20 }, () => step()));
    expect(await Promise.all(results.map((t) => t.item()))).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  test("two programs that share variables run in the order of their calls, even if the first has yet to be compiled", async () => {
    const w = new Buffer(tensor([1]));
    const double = jit(() => w.assign(w.mul(2)));
    await double();
    const increment = jit(() => {
      // A body that takes long to compile.
      let x = w.add(3);
      for (let i = 0; i < 200; i++) x = op.sin(x).add(op.cos(x).mul(i + 1));
      w.assign(w.add(10).add(x.mul(0)));
    });
    const calls = [increment(), double(), increment(), double()];
    await Promise.all(calls);
    expect(await w.item()).toBe(((2 + 10) * 2 + 10) * 2);
  });

  test("an assignment between two calls is seen by the second and not by the first", async () => {
    const w = new Buffer(fromArray(new Float32Array(32).fill(1), [32]));
    const step = jit(() => {
      w.assign(w.add(1));
      return w.mul(10);
    });
    await step();
    const first = step();
    w.assign(op.full([32], 100));
    const second = step();
    const third = step();
    expect((await values(await first))[0]).toBe(30);
    expect((await values(await second))[0]).toBe(1010);
    expect((await values(await third))[0]).toBe(1020);
    expect((await values(w))[0]).toBe(102);
  });

  test("values set from the host between two calls are seen by the second and not by the first", async () => {
    const w = new Buffer(fromArray(new Float32Array(32).fill(1), [32]));
    const step = jit(() => {
      w.assign(w.add(1));
      return w.mul(10);
    });
    await step();
    const first = step();
    w.set(new Float32Array(32).fill(100));
    const second = step();
    expect((await values(await first))[0]).toBe(30);
    expect((await values(await second))[0]).toBe(1010);
    expect((await values(w))[0]).toBe(101);
  });

  test("a value asked for twice at once is right both times", async () => {
    const y = op.exp(fromArray(new Float32Array(32), [32]));
    const [a, b] = await Promise.all([y.data(), y.data()]);
    expect([a[0], b[0]]).toEqual([1, 1]);
  });
});
