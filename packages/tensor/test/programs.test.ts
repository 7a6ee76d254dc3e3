import { afterEach, describe, expect, test } from "vitest";
import { CachedProgram } from "../src/cached-program.ts";
import * as op from "../src/index.ts";
import {
  configure,
  evaluate,
  fromArray,
  jit,
  Parameter,
  RecordingError,
  scalar,
  type Tensor,
  tensor,
} from "../src/index.ts";
import { compiledPrograms } from "../src/programs.ts";
import { activeRecording } from "../src/recording.ts";
import { expectClose } from "./check.ts";
import { waves } from "./expressions.ts";

configure({ threads: 1 });

const compiled = async (run: () => Promise<unknown>): Promise<number> => {
  const before = compiledPrograms;
  await run();
  return compiledPrograms - before;
};

test("a value is computed once: asked for again it is kept, and later graphs take it as an input", async () => {
  const x = fromArray(waves(20, 1), [20]);
  const y = op.exp(x).add(0.123);
  const first = await y.data();
  expect(await compiled(() => y.data())).toBe(0);
  expect(await y.data()).toBe(first);
  const z = y.mul(2);
  first[0] = 7;
  expect(((await z.data()) as Float32Array)[0]).toBe(14);
});

test("a loop over equal shapes compiles once", async () => {
  const count = await compiled(async () => {
    for (let i = 0; i < 5; i++) {
      const x = fromArray(waves(20, i), [20]);
      const loss = op.sum(op.sin(x).mul(0.321));
      await evaluate([loss, op.grad(loss, x)]);
    }
  });
  expect(count).toBe(1);
});

test("a loop with a scan and a custom derivative in it compiles once", async () => {
  const spike = op.customVjp({
    forward: (x) => ({ outputs: [op.cast(op.greater(x, 0.5), "float32")], residuals: [x] }),
    backward: ([x], [g]) => [g?.mul(op.sigmoid(x))],
  });
  const count = await compiled(async () => {
    for (let i = 0; i < 3; i++) {
      const xs = fromArray(waves(60, i), [3, 20]);
      const { carry } = op.scan(
        (h: Tensor, x: Tensor) => ({ carry: spike(h.add(x))[0], output: h }),
        op.zeros([20]),
        xs,
      );
      await evaluate([carry, op.grad(op.sum(carry), xs)]);
    }
  });
  expect(count).toBe(1);
});

test("programs of expressions are freed when many others follow, and compiled functions keep theirs", async () => {
  const kept = jit((x: Tensor) => x.mul(0.777));
  const x = fromArray(waves(20, 1), [20]);
  const first = (await (await kept(x)).data())[3];
  const evaluated = x.mul(0.333);
  await evaluated.data();
  // More programs than the cache holds, one waiting for another while older ones are freed.
  await Promise.all(
    Array.from({ length: 60 }, (_, i) => op.sum(fromArray(new Float32Array(100 + i), [100 + i])).data()),
  );
  expect(await compiled(() => x.mul(0.333).data())).toBe(1);
  expect((await (await kept(x)).data())[3]).toBe(first);
});

test("training is bit-identical over repeated runs, and within 1e-5 across thread counts", async () => {
  const train = async (threads: number) => {
    configure({ threads });
    const w = new Parameter(fromArray(waves(64 * 64, 1), [64, 64]));
    const step = jit((x: Tensor) => {
      const loss = op.mean(op.square(op.gelu(op.matmul(x, w))));
      w.assign(w.sub(op.grad(loss, w).mul(0.1)));
      return loss;
    });
    const loss = await (await step(fromArray(waves(128 * 64, 2), [128, 64]))).item();
    configure({ threads: 1 });
    return { loss, weights: (await w.data()) as Float32Array };
  };
  const [once, again, threaded] = [await train(1), await train(1), await train(2)];
  expect(again).toEqual(once);
  expectClose("weights", threaded.weights, Array.from(once.weights), 1e-5);
  expect(Math.abs(threaded.loss - once.loss)).toBeLessThan(1e-5);
});

test("models of one architecture with other weights share one program", async () => {
  const count = await compiled(async () => {
    for (let i = 0; i < 3; i++) {
      const w = new Parameter(fromArray(waves(64, i), [8, 8]));
      const step = jit((x: Tensor) => {
        const loss = op.sum(op.tanh(op.matmul(x, w)));
        w.assign(w.sub(op.grad(loss, w).mul(0.0123)));
        return loss;
      });
      await step(fromArray(waves(32, 1), [4, 8]));
    }
  });
  expect(count).toBe(1);
});

test("other shapes, dtypes, static arguments and guards make programs of their own, equal ones do not", async () => {
  let recordings = 0;
  let training = true;
  const isTraining = () => training;
  const f = jit((x: Tensor, power: number, mode: { name: string }) => {
    recordings++;
    activeRecording()?.guard(isTraining);
    const y = x.mul(power);
    return mode.name === "negated" ? op.neg(y) : isTraining() ? y : y.mul(100);
  });
  const vector = tensor([1, 2]);
  const call = async (...args: Parameters<typeof f>) => Number((await (await f(...args)).data())[0]);
  expect(await call(vector, 2, { name: "plain" })).toBe(2);
  expect(await call(tensor([5, 6]), 2, { name: "plain" })).toBe(10);
  expect(recordings).toBe(1);
  expect(await call(vector, 3, { name: "plain" })).toBe(3);
  expect(await call(vector, 3, { name: "negated" })).toBe(-3);
  expect(await call(tensor([1, 2, 3]), 3, { name: "plain" })).toBe(3);
  expect(await call(tensor([1, 2], { dtype: "int32" }), 3, { name: "plain" })).toBe(3);
  expect(recordings).toBe(5);
  training = false;
  expect(await call(vector, 2, { name: "plain" })).toBe(200);
  expect(recordings).toBe(6);
  training = true;
  expect(await call(vector, 2, { name: "plain" })).toBe(2);
  expect(recordings).toBe(6);
});

test('arguments 0 and −0, and 1 and "1", are different static arguments', async () => {
  const seen: unknown[] = [];
  const f = jit((x: Tensor, value: unknown) => {
    seen.push(value);
    return x.add(0);
  });
  for (const value of [0, -0, 1, "1", true, null, undefined, "0"]) await f(scalar(1), value);
  expect(seen).toEqual([0, -0, 1, "1", true, null, undefined, "0"]);
});

test("a result may be an argument, a constant, the same tensor twice, a number or nothing", async () => {
  const f = jit((x: Tensor) => {
    const y = x.add(1);
    return { x, y, again: [y, y], constant: tensor([7]), label: "text", empty: op.zeros([0]) };
  });
  const result = await f(tensor([1]));
  expect(await Promise.all([result.x, result.y, ...result.again, result.constant].map((t) => t.item()))).toEqual([
    1, 2, 2, 2, 7,
  ]);
  expect(result.label).toBe("text");
  expect((await result.empty.data()).length).toBe(0);
  expect(await jit((_: Tensor) => {})(tensor([1]))).toBe(undefined);
});

test("arguments that are still expressions are computed first", async () => {
  const f = jit((x: Tensor) => x.mul(2));
  expect(await (await f(tensor([3]).add(1))).item()).toBe(8);
});

test("an async function is refused, by a compiled function and by a loop body", async () => {
  await expect(jit(async (x: Tensor) => x)(tensor([1]))).rejects.toThrow(RecordingError);
  await expect(jit(async (x: Tensor) => x)(tensor([1]))).rejects.toThrow(/must not be async/);
  const body = (async (c: Tensor) => ({ carry: c, output: c })) as unknown as (c: Tensor) => {
    carry: Tensor;
    output: Tensor;
  };
  expect(() => op.scan(body, tensor([1]), [], { length: 2 })).toThrow(RecordingError);
  expect(activeRecording()).toBe(undefined);
});

test("reading a value while recording is refused", async () => {
  let reading: Promise<unknown> | undefined;
  await jit((x: Tensor) => {
    reading = x.add(1).data();
    reading.catch(() => {});
    return x;
  })(tensor([1]));
  await expect(reading).rejects.toThrow(/cannot be read while a program is recorded/);
});

test("a tensor from inside another recording is refused, inside a program and outside", async () => {
  let leaked: Tensor | undefined;
  await jit((x: Tensor) => {
    leaked = x.add(1);
    return x;
  })(tensor([1]));
  await expect(jit((x: Tensor) => x.add(leaked as Tensor))(tensor([1]))).rejects.toThrow(RecordingError);
  await expect((leaked as Tensor).data()).rejects.toThrow(RecordingError);
});

test("calling a compiled function inside a recording is refused", async () => {
  const inner = jit((x: Tensor) => x.add(1));
  let call: Promise<unknown> | undefined;
  await jit((x: Tensor) => {
    call = inner(x);
    call.catch(() => {});
    return x;
  })(tensor([1]));
  await expect(call).rejects.toThrow(/call the function itself/);
});

test("an error thrown while recording ends the recording and leaves nothing assigned", async () => {
  const w = new Parameter(tensor([1]));
  const f = jit(() => {
    w.assign(w.add(1));
    throw new Error("stop");
  });
  await expect(f()).rejects.toThrow("stop");
  expect(activeRecording()).toBe(undefined);
  expect(await w.item()).toBe(1);
});

test("an error of the runtime names the operation and the source line that recorded it", async () => {
  const x = fromArray(waves(20, 1), [20]);
  const outside = fromArray(new Int32Array(20).fill(50), [20]);
  const bad = x.gather(outside);
  await expect(bad.data()).rejects.toThrow(op.RuntimeError);
  await expect(x.gather(outside).data()).rejects.toThrow(/gather recorded at .*programs\.test\.ts:\d+/);
});

test("numbers below the normal range are flushed to zero by the native runtime", async () => {
  const small = fromArray(new Float32Array(32).fill(1e-20), [32]);
  const product = (await small.mul(small).data()) as Float32Array;
  // The bits: arithmetic on this thread may flush too, once the runtime has set its mode.
  expect(new Int32Array(product.buffer, product.byteOffset, 1)[0]).toBe(0);
});

describe("programs at rest", () => {
  afterEach(() => configure({ programMemory: undefined }));
  const side = 1500;
  /** Each of them needs several matrices of 9 MB while it runs. */
  const programs = (salt: number) =>
    Array.from({ length: 14 }, (_, i) =>
      jit((x: Tensor) => {
        const outer = op.matmul(op.reshape(x, [side, 1]), op.reshape(op.sin(x), [1, side]));
        return op.sum(op.matmul(op.exp(op.mul(outer, -0.1 * (i + salt))), op.tanh(outer)), [0]);
      }),
    );
  const x = fromArray(waves(side, 1), [side]);
  const call = async (all: ReturnType<typeof programs>): Promise<number[]> => {
    const values: number[] = [];
    for (const program of all) values.push(((await (await program(x)).data()) as Float32Array)[7]);
    return values;
  };

  test("are put away beyond the memory they may keep, and compute the same when they are called again", async () => {
    configure({ programMemory: 2 * 4 * side * side });
    await call(programs(0.5).slice(0, 2));
    const start = process.memoryUsage().rss;
    const few = programs(1);
    const first = await call(few);
    expect(await call(few)).toEqual(first);
    const kept = process.memoryUsage().rss - start;
    configure({ programMemory: undefined });
    await call(programs(1.5));
    const free = process.memoryUsage().rss - start - kept;
    expect(kept).toBeLessThan(free / 2);
  });

  test("are called again at once by many, and each gives its own", async () => {
    configure({ programMemory: 0 });
    const all = programs(2);
    const apart = await call(all);
    const together = await Promise.all(all.map(async (program) => (await (await program(x)).data())[7]));
    expect(together).toEqual(apart);
  });

  test("one that cannot be compiled fails those who call it, and not the next that takes its place", async () => {
    configure({ programMemory: 0 });
    const broken = new CachedProgram(
      Promise.resolve({ compile: () => Promise.reject(new RangeError("no such program")), peakBytes: 1 }),
    );
    await expect(broken.run([], [])).rejects.toThrow("no such program");
    const [program] = programs(3);
    expect((await (await program(x)).data()).length).toBe(side);
    await expect(broken.run([], [])).rejects.toThrow("no such program");
    expect((await (await program(x)).data()).length).toBe(side);
  });

  test("may not keep less than nothing", () => {
    expect(() => configure({ programMemory: -1 })).toThrow(/programMemory .* got -1/);
  });
});
