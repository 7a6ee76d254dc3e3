import { describe, expect, test } from "vitest";
import * as op from "../src/index.ts";
import {
  Buffer,
  configure,
  evaluate,
  fromArray,
  Generator,
  grad,
  jit,
  Parameter,
  type ScanOptions,
  scan,
  type Tensor,
  tensor,
} from "../src/index.ts";
import { checkOperation, expectClose } from "./check.ts";
import { waves } from "./expressions.ts";
import { reference } from "./reference.ts";

configure({ threads: 1 });

const steps = 4;
const state = () => fromArray(waves(6, 1), [2, 3]);
const sequence = () => fromArray(waves(steps * 6, 2), [steps, 2, 3]);
const weight = () => fromArray(waves(9, 3), [3, 3]);
const bias = () => fromArray(waves(3, 4), [3]);

/** One step of a small recurrent network whose output is not its carry. */
const cell = (w: Tensor, b: Tensor) => (h: Tensor, x: Tensor) => {
  const next = op.tanh(op.matmul(h, w).add(x).add(b));
  return { carry: next, output: next.mul(x) };
};

/** The same loop written out. */
function unrolled<Y>(
  step: (h: Tensor, x: Tensor) => { carry: Tensor; output: Y },
  h: Tensor,
  xs: Tensor,
  reverse = false,
) {
  const outputs: Y[] = [];
  let carry = h;
  for (let n = 0; n < xs.shape[0]; n++) {
    const i = reverse ? xs.shape[0] - 1 - n : n;
    const result = step(carry, xs.select(0, i));
    carry = result.carry;
    outputs[i] = result.output;
  }
  return { carry, outputs };
}

const variants: [string, ScanOptions][] = [
  ["forwards", {}],
  ["backwards", { reverse: true }],
  ["forwards, rematerialised", { rematerialise: true }],
  ["backwards, rematerialised", { reverse: true, rematerialise: true }],
];

describe.each(variants)("a scan %s", (_, options) => {
  test("equals the unrolled loop in value, first and second derivative, of carry, inputs and captured weights", async () => {
    const inputs = [state(), sequence(), weight(), bias()];
    const loop = (h: Tensor, xs: Tensor, w: Tensor, b: Tensor) => {
      const { carry, outputs } = scan(cell(w, b), h, xs, options);
      return [carry, outputs];
    };
    // The reference's own scan: derivatives against its finite differences, and the runtime against both.
    await checkOperation({ inputs, apply: loop }, { derivatives: 2, tolerance: 5e-5 });

    const [h, xs, w, b] = inputs;
    const total = ([carry, outputs]: Tensor[]) => op.sum(carry.mul(carry)).add(op.sum(op.sin(outputs)));
    const plain = unrolled(cell(w, b), h, xs, options.reverse);
    const [left, right] = [loop(h, xs, w, b), [plain.carry, op.stack(plain.outputs)]].map((pair) => {
      const loss = total(pair);
      const first = grad(loss, inputs);
      const slope = first.reduce((sum, g) => sum.add(op.sum(g.mul(g))), op.scalar(0));
      return reference([...pair, ...first, ...grad(slope, inputs)]);
    });
    left.forEach((value, i) => {
      expectClose(`quantity ${i}`, value, right[i], 1e-10);
    });
  });

  test("inside a program trains like the unrolled loop, with weights that are variables", async () => {
    const train = (useScan: boolean) => {
      const [w, b] = [new Parameter(weight()), new Parameter(bias())];
      const step = jit((h: Tensor, xs: Tensor) => {
        const run = useScan
          ? scan(cell(w, b), h, xs, options).carry
          : unrolled(cell(w, b), h, xs, options.reverse).carry;
        const loss = op.sum(run.mul(run));
        const [gw, gb] = grad(loss, [w, b]);
        w.assign(w.sub(gw.mul(0.1)));
        b.assign(b.sub(gb.mul(0.1)));
        return loss;
      });
      return { w, b, step };
    };
    const [a, c] = [train(true), train(false)];
    for (let i = 0; i < 3; i++) {
      const [p, q] = [await a.step(state(), sequence()), await c.step(state(), sequence())];
      expect(await p.item()).toBeCloseTo(await q.item(), 5);
    }
    expectClose("w", await a.w.data(), Array.from((await c.w.data()) as Float32Array), 1e-5);
    expectClose("b", await a.b.data(), Array.from((await c.b.data()) as Float32Array), 1e-5);
  });
});

test("a scan carries trees, among them whole numbers, and stacks trees", async () => {
  const xs = { x: sequence(), mask: tensor([1, 0, 1, 1], { dtype: "int32" }) };
  const first = { h: state(), count: tensor(10, { dtype: "int32" }) };
  const { carry, outputs } = scan(
    ({ h, count }, { x, mask }) => {
      const next = { h: op.where(op.greater(mask, 0), op.tanh(h.add(x)), h), count: op.add(count, mask) };
      return { carry: next, output: [next.count, { h: next.h }] as const };
    },
    first,
    xs,
  );
  const slope = grad(op.sum(carry.h).add(op.sum(outputs[1].h)), first.h);
  const all = [carry.h, carry.count, outputs[0], outputs[1].h, slope];
  const expected = reference(all);
  await evaluate(all);
  all.forEach((t, i) => {
    expectClose(`leaf ${i}`, t.held as Float32Array, expected[i]);
  });
  expect(Array.from(outputs[0].held as Int32Array)).toEqual([11, 11, 12, 13]);
});

test("a scan within a scan equals the reference in value, first and second derivative", async () => {
  const apply = (h: Tensor, xs: Tensor, w: Tensor) => {
    const { carry, outputs } = scan(
      (outer: Tensor, x: Tensor) => {
        const inner = scan(
          (c: Tensor, row: Tensor) => ({ carry: op.sin(op.matmul(c, w).add(row)), output: c.mul(row) }),
          outer,
          x.unsqueeze(1),
        );
        return { carry: inner.carry.mul(0.7), output: inner.outputs };
      },
      h,
      xs,
    );
    return [carry, outputs];
  };
  const xs = fromArray(waves(2 * 3 * 3, 5), [2, 3, 3]);
  await checkOperation({ inputs: [fromArray(waves(3, 1), [1, 3]), xs, weight()], apply }, { derivatives: 2 });
});

test("a scan over stacked layers differentiates by the stack", async () => {
  const layers = fromArray(waves(3 * 9, 6), [3, 3, 3]);
  const apply = (x: Tensor, ws: Tensor) =>
    scan((h: Tensor, w: Tensor) => ({ carry: op.gelu(op.matmul(h, w)), output: [] }), x, ws, { rematerialise: true })
      .carry;
  await checkOperation({ inputs: [state(), layers], apply }, { derivatives: 2 });
});

test("a scan of one step, and one without scanned tensors, run", async () => {
  const one = scan(cell(weight(), bias()), state(), sequence().slice([{ axis: 0, end: 1 }]));
  const h = tensor([1.5]);
  const power = scan((c: Tensor) => ({ carry: c.mul(2), output: c }), h, [], { length: 5 });
  const slope = grad(op.sum(power.carry), h);
  await evaluate([one.carry, power.carry, power.outputs, slope]);
  expect(Array.from(power.carry.held as Float32Array)).toEqual([48]);
  expect(Array.from(power.outputs.held as Float32Array)).toEqual([1.5, 3, 6, 12, 24]);
  expect(Array.from(slope.held as Float32Array)).toEqual([32]);
});

test("a body that gives its carry, its input or a captured tensor unchanged is right", async () => {
  const [h, xs, c] = [state(), sequence(), fromArray(waves(6, 9), [2, 3])];
  const apply = (first: Tensor, sequenceIn: Tensor, fixed: Tensor) => {
    const a = scan((carry: Tensor, x: Tensor) => ({ carry, output: [x, fixed, carry] }), first, sequenceIn);
    const b = scan((_: Tensor, x: Tensor) => ({ carry: x, output: [] }), first, sequenceIn);
    const d = scan((_: Tensor, __: Tensor) => ({ carry: fixed, output: [] }), first, sequenceIn);
    return [a.carry, ...a.outputs, b.carry, d.carry];
  };
  await checkOperation({ inputs: [h, xs, c], apply }, { derivatives: 2 });
});

test("variables assigned inside a loop body are carried from step to step and keep the last value", async () => {
  const mean = new Buffer(tensor([0]));
  const xs = tensor([[1], [2], [3]]);
  const step = jit((values: Tensor) => {
    const { outputs } = scan(
      (c: Tensor, x: Tensor) => {
        mean.assign(mean.mul(0.5).add(x));
        return { carry: c, output: mean.mul(1) };
      },
      tensor([0]),
      values,
    );
    return { outputs, after: mean.mul(10) };
  });
  const { outputs, after } = await step(xs);
  expect(Array.from((await outputs.data()) as Float32Array)).toEqual([1, 2.5, 4.25]);
  expect(await after.item()).toBe(42.5);
  expect(await mean.item()).toBe(4.25);
  await step(xs);
  expect(await mean.item()).toBe(4.25 / 8 + 4.25);
});

test("random draws in a loop body differ from step to step and from run to run, and the counter advances once a run", async () => {
  const generator = new Generator(7);
  const step = jit((h: Tensor) => {
    const inner = scan((c: Tensor) => ({ carry: c, output: generator.uniform([16]) }), h, [], { length: 5 });
    return { loop: inner.outputs, outside: generator.uniform([16]) };
  });
  const runs = [await step(tensor([0])), await step(tensor([0]))];
  const rows = new Set<string>();
  for (const { loop, outside } of runs) {
    const flat = (await loop.data()) as Float32Array;
    for (let i = 0; i < 5; i++) rows.add(flat.slice(i * 16, (i + 1) * 16).join());
    rows.add(((await outside.data()) as Float32Array).join());
  }
  expect(rows.size).toBe(12);
  expect(Array.from((await generator.state.data()) as Int32Array)).toEqual([7, 0, 2]);
});

test("random draws in a loop recorded outside of programs differ from step to step too", async () => {
  const generator = new Generator(7);
  const { outputs } = scan(
    (c: Tensor) => {
      const inner = scan((d: Tensor) => ({ carry: d, output: generator.bits([16]) }), c, [], { length: 2 });
      return { carry: c, output: inner.outputs };
    },
    tensor([0]),
    [],
    { length: 3 },
  );
  const flat = (await outputs.data()) as Int32Array;
  expect(new Set(Array.from({ length: 6 }, (_, i) => flat.slice(i * 16, (i + 1) * 16).join())).size).toBe(6);
});

test("draws in a loop under a gradient are the same in the forward and the backward pass", async () => {
  const generator = new Generator(3);
  for (const rematerialise of [false, true]) {
    const step = jit((h: Tensor) => {
      const { carry, outputs } = scan(
        (c: Tensor) => {
          const keep = op.cast(generator.bernoulli(0.5, [8]), "float32");
          return { carry: c.mul(keep.add(0.5)), output: keep };
        },
        h,
        [],
        { length: 3, rematerialise },
      );
      return { masks: outputs, slope: grad(op.sum(carry), h) };
    });
    const { masks, slope } = await step(op.ones([8]));
    const [m, g] = [(await masks.data()) as Float32Array, (await slope.data()) as Float32Array];
    for (let j = 0; j < 8; j++) {
      const product = [0, 1, 2].reduce((p, n) => p * (m[n * 8 + j] + 0.5), 1);
      expect(g[j]).toBeCloseTo(product, 6);
    }
  }
});

test("a carry that changes shape or dtype, lengths that differ and a missing length are refused", () => {
  const x = tensor([1, 2]);
  const grow = (c: Tensor) => ({ carry: op.concat([c, c]), output: [] });
  expect(() => scan(grow, x, [], { length: 2 })).toThrow(/float32\[2\] at first and float32\[4\]/);
  const toWhole = (c: Tensor) => ({ carry: op.cast(c, "int32"), output: [] });
  expect(() => scan(toWhole, x, [], { length: 2 })).toThrow(/float32\[2\] at first and int32\[2\]/);
  const keep = (c: Tensor) => ({ carry: c, output: [] });
  expect(() => scan(keep, x, [])).toThrow(/`length`/);
  expect(() => scan(keep, x, [op.zeros([3, 1]), op.zeros([4, 1])])).toThrow(/\[4, 1\] does not have 3 steps/);
  expect(() => scan(keep, x, [], { length: 0 })).toThrow(/at least 1, got 0/);
});
