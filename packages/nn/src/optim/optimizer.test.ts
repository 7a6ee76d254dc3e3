import {
  Buffer,
  Generator,
  jit,
  type Parameter,
  ShapeError,
  scalar,
  scan,
  sin,
  sum,
  type Tensor,
  tensor,
} from "@paperworks/tensor";
import { describe, expect, test } from "vitest";
import { initialParameter, normal } from "../init.ts";
import { Adam, AdamW } from "./adam.ts";
import { Adagrad, RMSprop } from "./adaptive-gradient.ts";
import { clipGlobalNorm, clipValue } from "./clipping.ts";
import type { GradientTransform, Optimizer } from "./optimizer.ts";
import * as schedules from "./schedules.ts";
import { SGD } from "./sgd.ts";

const steps = 20;
const start = [0.5, -1.5, 2, 0.1];
/** The gradient of a bowl whose curvature differs by axis, plus a push that changes with the step. */
const gradientAt = (p: number, i: number, t: number): number => (i + 1) * p + Math.sin(t + i);

/** One number's recurrence on the host: takes p, g, t and gives the next p. */
type Rule = () => (p: number, g: number, t: number) => number;

const make = (values: readonly number[]): Parameter =>
  initialParameter([values.length], () => Float32Array.from(values));

/** Runs an optimiser on the two halves of the start values; the gradient is computed in the program. */
async function trajectory(build: (params: Parameter[]) => Optimizer<never>): Promise<number[]> {
  const params = [make(start.slice(0, 1)), make(start.slice(1))];
  const optimizer = build(params);
  const step = jit((t: Tensor) => {
    const gradients = params.map((p, k) => {
      const index = tensor(k === 0 ? [0] : [1, 2, 3]);
      return p.mul(index.add(1)).add(sin(t.add(index)));
    });
    optimizer.step(gradients);
  });
  for (let t = 0; t < steps; t++) await step(scalar(t));
  return (await Promise.all(params.map((p) => p.data()))).flatMap((data) => Array.from(data, Number));
}

function reference(rule: Rule): number[] {
  return start.map((initial, i) => {
    const next = rule();
    let p = initial;
    for (let t = 0; t < steps; t++) p = next(p, gradientAt(p, i, t), t);
    return p;
  });
}

const adamRule =
  (lr: number, [b1, b2]: [number, number], epsilon: number, coupled: number, decoupled: number): Rule =>
  () => {
    let [m, v] = [0, 0];
    return (p, raw, t) => {
      const g = raw + coupled * p;
      m = b1 * m + (1 - b1) * g;
      v = b2 * v + (1 - b2) * g * g;
      const step = m / (1 - b1 ** (t + 1)) / (Math.sqrt(v / (1 - b2 ** (t + 1))) + epsilon);
      return p * (1 - lr * decoupled) - lr * step;
    };
  };

describe("twenty steps agree with the recurrence written out on the host", () => {
  const cases: Record<string, [(params: Parameter[]) => unknown, Rule]> = {
    SGD: [(p) => new SGD(p, { lr: 0.1 }), () => (p, g) => p - 0.1 * g],
    "SGD with momentum and decay": [
      (p) => new SGD(p, { lr: 0.05, momentum: 0.9, weightDecay: 0.1 }),
      () => {
        let v = 0;
        return (p, g) => {
          v = 0.9 * v + g + 0.1 * p;
          return p - 0.05 * v;
        };
      },
    ],
    "SGD with Nesterov's momentum": [
      (p) => new SGD(p, { lr: 0.05, momentum: 0.8, nesterov: true }),
      () => {
        let v = 0;
        return (p, g) => {
          v = 0.8 * v + g;
          return p - 0.05 * (g + 0.8 * v);
        };
      },
    ],
    Adam: [(p) => new Adam(p, { lr: 0.1 }), adamRule(0.1, [0.9, 0.999], 1e-8, 0, 0)],
    "Adam with coupled decay, other betas and a large epsilon": [
      (p) => new Adam(p, { lr: 0.1, betas: [0.5, 0.9], epsilon: 0.1, weightDecay: 0.3 }),
      adamRule(0.1, [0.5, 0.9], 0.1, 0.3, 0),
    ],
    "Adam without memory": [
      (p) => new Adam(p, { lr: 0.1, betas: [0, 0], epsilon: 0.01 }),
      adamRule(0.1, [0, 0], 0.01, 0, 0),
    ],
    AdamW: [(p) => new AdamW(p, { lr: 0.1, weightDecay: 0.2 }), adamRule(0.1, [0.9, 0.999], 1e-8, 0, 0.2)],
    RMSprop: [
      (p) => new RMSprop(p, { lr: 0.02, decay: 0.9 }),
      () => {
        let v = 0;
        return (p, g) => {
          v = 0.9 * v + 0.1 * g * g;
          return p - (0.02 * g) / (Math.sqrt(v) + 1e-8);
        };
      },
    ],
    "RMSprop with momentum": [
      (p) => new RMSprop(p, { lr: 0.02, decay: 0.9, momentum: 0.5 }),
      () => {
        let [v, u] = [0, 0];
        return (p, g) => {
          v = 0.9 * v + 0.1 * g * g;
          u = 0.5 * u + g / (Math.sqrt(v) + 1e-8);
          return p - 0.02 * u;
        };
      },
    ],
    Adagrad: [
      (p) => new Adagrad(p, { lr: 0.3, initialSum: 0.1 }),
      () => {
        let s = 0.1;
        return (p, g) => {
          s += g * g;
          return p - (0.3 * g) / (Math.sqrt(s) + 1e-10);
        };
      },
    ],
    "SGD under a cosine schedule": [
      (p) => new SGD(p, { lr: schedules.cosine({ peak: 0.1, steps: 15, warmup: 5, floor: 0.01 }) }),
      () => (p, g, t) => {
        const u = Math.min(1, (t - 5) / 10);
        return p - (t < 5 ? (0.1 * (t + 1)) / 5 : 0.01 + 0.09 * 0.5 * (1 + Math.cos(Math.PI * u))) * g;
      },
    ],
    "SGD with values clipped": [
      (p) => new SGD(p, { lr: 0.1, transforms: [clipValue(0.5)] }),
      () => (p, g) => p - 0.1 * Math.max(-0.5, Math.min(0.5, g)),
    ],
  };
  for (const [name, [build, rule]] of Object.entries(cases)) {
    test(name, async () => {
      const found = await trajectory(build as (params: Parameter[]) => Optimizer<never>);
      reference(rule).forEach((value, i) => {
        expect(found[i]).toBeCloseTo(value, 4);
      });
    });
  }
});

/** A transform that keeps what it was given, for looking at. */
function spy(seen: Tensor[]): GradientTransform {
  return {
    apply(gradient) {
      seen.push(gradient);
      return gradient;
    },
  };
}

describe("groups and transforms", () => {
  test("groups have rates of their own, and a clipped norm is that of all groups", async () => {
    const [a, b] = [make([0]), make([0, 0])];
    const optimizer = new SGD([{ params: [a], lr: 1 }, { params: [b] }], { lr: 10, transforms: [clipGlobalNorm(0.5)] });
    await jit(() => optimizer.step([tensor([3]), tensor([0, 4])]))();
    expect(Number((await a.data())[0])).toBeCloseTo(-0.3, 6);
    expect(Number((await b.data())[1])).toBeCloseTo(-4, 5);
  });

  test("a norm below the bound, and a gradient of zero, pass the clipping unchanged", async () => {
    const a = make([1, 1]);
    const optimizer = new SGD([a], { lr: 1, transforms: [clipGlobalNorm(5)] });
    const step = jit((g: Tensor) => optimizer.step([g]));
    await step(tensor([0, 0]));
    expect(Array.from(await a.data(), Number)).toEqual([1, 1]);
    await step(tensor([3, 0.5]));
    expect(Array.from(await a.data(), Number)).toEqual([-2, 0.5]);
  });

  test("a frozen parameter stays, its state too, also if frozen after the step was compiled", async () => {
    const params = [make([1]), make([1, 1]), make([1])];
    const seen: Tensor[] = [];
    const optimizer = new Adam(params, { lr: 0.1, weightDecay: 0.1, transforms: [spy(seen)] });
    const step = jit(() => optimizer.minimize(params.reduce((s, p) => s.add(sum(p.square())), scalar(0))));
    await step();
    const frozen = await params[1].data();
    const first = optimizer.buffers().get("blocks.0.first") as Buffer;
    const before = await first.data();
    params[1].trainable = false;
    await step();
    expect(seen.map(({ size }) => size)).toEqual([4, 2]);
    expect(await params[1].data()).toEqual(frozen);
    const after = await first.data();
    expect([after[1], after[2]]).toEqual([before[1], before[2]]);
    expect(after[0]).not.toBe(before[0]);
    expect(after[3]).not.toBe(before[3]);
    params[1].trainable = true;
    await step();
    expect(await params[1].data()).not.toEqual(frozen);
  });

  test("transforms run in order, on the layout that the segments tell", async () => {
    const params = [make([1, 2]), make([3])];
    const halve: GradientTransform = { apply: (g) => g.mul(0.5) };
    const onlySecond: GradientTransform = {
      apply(gradient, { segments, parameterVector }) {
        const { start, size } = segments.find(({ parameter }) => parameter === params[1]) ?? { start: 0, size: 0 };
        return gradient.add(
          parameterVector.slice([{ axis: 0, start, end: start + size }]).pad([{ axis: 0, before: start, after: 0 }]),
        );
      },
    };
    const optimizer = new SGD(params, { lr: 1, transforms: [halve, onlySecond] });
    await jit(() => optimizer.step([tensor([2, 2]), tensor([2])]))();
    expect(Array.from(await params[0].data(), Number)).toEqual([0, 1]);
    expect(Array.from(await params[1].data(), Number)).toEqual([3 - (1 + 3)]);
  });

  test("minimize outside of a program works too", async () => {
    const p = make([2]);
    const optimizer = new SGD([p], { lr: 0.25 });
    for (let i = 0; i < 3; i++) {
      optimizer.minimize(sum(p.square()));
      await p.data();
    }
    expect(await p.item()).toBeCloseTo(2 * 0.5 ** 3, 6);
    expect(await optimizer.steps.item()).toBe(3);
  });

  test("a rate kept in a buffer can be changed from outside without a new program", async () => {
    const [p, rate] = [make([0]), new Buffer(scalar(1))];
    const optimizer = new SGD([p], { lr: rate });
    const step = jit(() => optimizer.step([tensor([1])]));
    await step();
    rate.set([0.5]);
    await step();
    expect(await p.item()).toBe(-1.5);
  });

  test("the mistakes of a call are named", () => {
    const p = make([0, 0]);
    expect(() => new SGD([], { lr: 1 })).toThrow("at least one parameter");
    expect(() => new SGD([p, p], { lr: 1 })).toThrow("given twice");
    expect(() => new SGD([p], { lr: -1 })).toThrow("lr must be finite and not negative, got -1");
    expect(() => new SGD([p], { lr: 1, momentum: 1 })).toThrow("momentum lies in [0, 1), got 1");
    expect(() => clipGlobalNorm(0)).toThrow("finite and above 0, got 0");
    expect(() => new SGD([p], { lr: 1 }).step([tensor([1])])).toThrow(ShapeError);
  });
});

test("an optimiser's flat step equals separate optimisers for each parameter", async () => {
  const run = async (join: boolean): Promise<number[]> => {
    const generator = new Generator(2);
    const params = [1, 2, 3].map((n) => initialParameter([n, 2], normal(), { generator }));
    const optimizers = join ? [new AdamW(params, { lr: 0.05 })] : params.map((p) => new AdamW([p], { lr: 0.05 }));
    const step = jit(() => {
      const loss = params.reduce((s, p) => s.add(sum(p.square().square())), scalar(0));
      for (const optimizer of optimizers) optimizer.minimize(loss);
    });
    for (let i = 0; i < 5; i++) await step();
    return (await Promise.all(params.map((p) => p.data()))).flatMap((data) => Array.from(data, Number));
  };
  expect(await run(true)).toEqual(await run(false));
});

test("five steps in a loop inside one program equal five programs", async () => {
  const run = async (inside: boolean): Promise<ArrayLike<number | bigint>> => {
    const p = make([1, -2, 3]);
    const optimizer = new Adam([p], {
      lr: schedules.linear({ peak: 0.1, steps: 10 }),
      transforms: [clipGlobalNorm(1)],
    });
    const one = (x: Tensor): void => optimizer.minimize(sum(p.sub(x).square()));
    const xs = tensor([1, 2, 3, 4, 5]);
    if (inside) {
      const all = jit((values: Tensor) => {
        const body = (carry: Tensor, x: Tensor) => {
          one(x);
          return { carry, output: x };
        };
        return scan(body, scalar(0), values).outputs;
      });
      await all(xs);
    } else {
      const step = jit(one);
      for (let t = 0; t < 5; t++) await step(scalar(t + 1));
    }
    return p.data();
  };
  expect(await run(true)).toEqual(await run(false));
});

test.each([
  ["Adam", Adam],
  ["AdamW", AdamW],
  ["SGD", SGD],
  ["RMSprop", RMSprop],
  ["Adagrad", Adagrad],
] as const)(
  "%s trains a large parameter by itself as in one vector with the others, bit for bit, frozen ones aside",
  async (_, Kind) => {
    const run = async (joined: boolean): Promise<ArrayLike<number | bigint>[]> => {
      const shapes = [[3], [600, 450], [2, 2]];
      const params = shapes.map((shape, k) =>
        initialParameter(shape, () =>
          Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i + k)),
        ),
      );
      // A bound that nothing reaches: the gradient is one vector where there is a transform.
      const optimizer = new Kind(params, { lr: 0.01, weightDecay: 0.1, transforms: joined ? [clipValue(1e9)] : [] });
      const step = jit(() => optimizer.minimize(params.map((p) => sum(sin(p).mul(p))).reduce((a, b) => a.add(b))));
      for (let t = 0; t < 4; t++) {
        params[2].trainable = t < 2;
        await step();
      }
      expect([...optimizer.buffers().keys()].some((name) => name.startsWith("blocks.1"))).toBe(!joined && Kind !== SGD);
      return Promise.all(params.map((p) => p.data()));
    };
    expect(await run(false)).toEqual(await run(true));
  },
);

test("parameters that another optimiser has laid out in another order are trained to the same values", async () => {
  const run = async (laidOut: boolean): Promise<ArrayLike<number | bigint>[]> => {
    const params = [make([1, -2, 3]), make([0.5]), make([2, 4])];
    const other = laidOut ? new SGD(params.toReversed(), { lr: 0.1 }) : undefined;
    const optimizer = new Adam(params, { lr: 0.1 });
    const loss = (): Tensor => params.map((p) => sum(sin(p).mul(p))).reduce((a, b) => a.add(b));
    const step = jit(() => optimizer.minimize(loss()));
    for (let t = 0; t < 3; t++) await step();
    await jit(() => (other ?? new SGD(params, { lr: 0.1 })).minimize(loss()))();
    return Promise.all(params.map((p) => p.data()));
  };
  expect(await run(true)).toEqual(await run(false));
});
