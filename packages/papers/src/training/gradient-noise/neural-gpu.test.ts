import type { TaskRun } from "@paperworks/experiment";
import { Adam, crossEntropy, namedParameters, parameters } from "@paperworks/nn";
import {
  DomainError,
  fromArray,
  Generator,
  grad,
  jit,
  ShapeError,
  select,
  type Tensor,
  zeros,
} from "@paperworks/tensor";
import { describe, expect, it } from "vitest";
import { errorsOf, multiplyByNeuralGpu, restartFigure } from "./multiplication.ts";
import { ConvolutionalGru, forEachRestart, NeuralGpu } from "./neural-gpu.ts";

const tokens = fromArray(Int32Array.of(1, 2, 3, 0, 2, 1), [2, 3], "int32");
const small = (restarts: number): NeuralGpu =>
  new NeuralGpu({ vocab: 4, width: 2, channels: 3, restarts, generator: new Generator(3) });
const largestGap = (a: ArrayLike<number | bigint>, b: ArrayLike<number | bigint>): number => {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((gap: number, value, i) => Math.max(gap, Math.abs(Number(value) - Number(b[i]))), 0);
};

describe("a Neural GPU", () => {
  it("gives each restart what that model gives alone", async () => {
    const model = small(3);
    const logits = model.forward(tokens);
    expect(logits.shape).toEqual([3, 2, 3, 4]);
    const all = [];
    for (const r of [0, 1, 2]) {
      const grouped = await select(logits, 0, r).data();
      const alone = await model.restart(r).forward(tokens).data();
      expect(largestGap(grouped, alone)).toBeLessThan(1e-5);
      all.push(grouped);
    }
    expect(largestGap(all[0], all[1])).toBeGreaterThan(1e-2);
  });

  it("gives a sequence the same whatever stands beside it in the batch", async () => {
    const model = small(1);
    const both = await model.forward(tokens).data();
    const first = await model.forward(fromArray(Int32Array.of(1, 2, 3), [1, 3], "int32")).data();
    const second = await model.forward(fromArray(Int32Array.of(0, 2, 1), [1, 3], "int32")).data();
    expect(largestGap(both, [...first, ...second].map(Number))).toBeLessThan(1e-5);
  });

  it("keeps the state while the update gate is open to it alone (u = 1)", async () => {
    const values = new Generator(1).hostNormal(2 * 6 * 3 * 4);
    const state = fromArray(values, [2, 6, 3, 4]);
    const kept = new ConvolutionalGru({ channels: 3, restarts: 2, updateBias: 60 });
    expect(largestGap(await kept.forward(state).data(), values)).toBeLessThan(1e-5);
    const moving = new ConvolutionalGru({ channels: 3, restarts: 2, updateBias: -60 });
    expect(largestGap(await moving.forward(state).data(), values)).toBeGreaterThan(0.1);
  });

  it("is the gated unit of one cell when nothing stands around it", async () => {
    const unit = new ConvolutionalGru({ channels: 1, generator: new Generator(5), updateBias: 0.3 });
    // Of a 3 × 3 kernel on a single cell only the middle counts.
    const [gates, candidate] = [await unit.gateWeight.data(), await unit.candidateWeight.data()];
    const sigma = (x: number): number => 1 / (1 + Math.exp(-x));
    const s = 0.7;
    const u = sigma(Number(gates[4]) * s + 0.3);
    const r = sigma(Number(gates[13]) * s);
    const expected = u * s + (1 - u) * Math.tanh(Number(candidate[4]) * r * s);
    expect(await unit.forward(fromArray(Float32Array.of(s), [1, 1, 1, 1])).item()).toBeCloseTo(expected, 5);
  });

  it("has a gradient in every parameter, and only in those of the restart whose loss it is", async () => {
    const model = small(2);
    const named = [...namedParameters(model)];
    const gradients = await jit(() =>
      grad<Tensor[]>(
        crossEntropy(select(model.forward(tokens), 0, 1), tokens),
        named.map(([, parameter]) => parameter),
      ),
    )();
    for (const [i, [name]] of named.entries()) {
      const values = Array.from(await gradients[i].data(), Number);
      const half = values.length / 2;
      expect(Math.max(...values.slice(half).map(Math.abs)), name).toBeGreaterThan(0);
      expect(Math.max(...values.slice(0, half).map(Math.abs)), name).toBe(0);
    }
  });

  it("lowers its loss in thirty steps of copying", async () => {
    const model = small(2);
    const optimizer = new Adam(parameters(model), { lr: 0.02 });
    const targets = forEachRestart(tokens, 2);
    const step = jit(() => {
      const loss = crossEntropy(model.forward(tokens), targets);
      optimizer.minimize(loss);
      return { loss };
    });
    const first = await (await step()).loss.item();
    for (let t = 0; t < 28; t++) await step();
    expect(await (await step()).loss.item()).toBeLessThan(0.7 * first);
  });

  it("refuses shapes and sizes that mean nothing", () => {
    expect(() => new NeuralGpu({ vocab: 4, restarts: 0 })).toThrow(DomainError);
    expect(() => new NeuralGpu({ vocab: 4, width: 0 })).toThrow(DomainError);
    expect(() => new ConvolutionalGru({ channels: 2, kernelSize: 2 })).toThrow("odd side, got 2");
    expect(() => small(1).forward(zeros([2, 3]))).toThrow(ShapeError);
    expect(() => small(2).restart(2)).toThrow(DomainError);
    expect(() => new ConvolutionalGru({ channels: 2 }).forward(zeros([1, 3, 2, 2]))).toThrow(ShapeError);
  });
});

describe("multiplication", () => {
  const run = (): { run: TaskRun; losses: number[] } => {
    const losses: number[] = [];
    const progress: TaskRun["progress"] = async ({ loss }) => {
      losses.push(loss as number);
    };
    return { losses, run: { seed: 2, progress } as TaskRun };
  };

  it("counts wrong digits where there is a label", () => {
    expect(errorsOf([1, 2, 0, 1, 1, 0], Int32Array.of(1, 2, -1), 2)).toEqual([0, 0.5]);
  });

  it("lowers the loss in a quick run, and noise changes the run", async () => {
    const [plain, noisy] = [run(), run()];
    const errors = await multiplyByNeuralGpu(plain.run, { eta: 0, quick: true, restarts: 2 });
    expect(errors).toHaveLength(2);
    expect(plain.losses[1]).toBeLessThan(plain.losses[0]);
    await multiplyByNeuralGpu(noisy.run, { eta: 0.1, quick: true, restarts: 2 });
    expect(noisy.losses[1]).not.toBe(plain.losses[1]);
  });

  it("draws every restart of every variant", () => {
    const { data } = restartFigure({ noise: [0, 0.5], none: [1] }) as { data: { values: unknown[] } };
    expect(data.values).toHaveLength(3);
  });
});
