import { Random } from "@paperworks/data";
import { seasonalSeries, simulateHawkes } from "@paperworks/data/sequences";
import { fromArray, Generator, manualSeed, type Shape, ShapeError, type Tensor, type Tree } from "@paperworks/tensor";
import { describe, expect, test } from "vitest";
import { standardise, windowOffsets } from "../../hourly-loads.ts";
import { makeCore, systems } from "./comparison.ts";
import { targetReturn } from "./decision-making.ts";
import { DecisionSequenceModel } from "./decision-sequence.ts";
import { eventStatistics } from "./event-forecasting.ts";
import { EventModel, eventLoss } from "./event-model.ts";
import { Forecaster } from "./forecaster.ts";
import { referenceErrors } from "./forecasting.ts";
import { expertActions, PointMassEnv, pointMassStarts, recordEpisodes, rollOut } from "./point-mass.ts";
import { SequenceClassifier } from "./sequence-classifier.ts";

const normals = (shape: Shape, seed: number): Tensor =>
  fromArray(new Generator(seed).hostNormal(shape.reduce((a, b) => a * b, 1)), shape);
const numbers = async (x: Tensor): Promise<number[]> => Array.from(await x.data(), Number);
const apart = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((worst, value, i) => Math.max(worst, Number.isNaN(value) ? Infinity : Math.abs(value - b[i])), 0);

const core = (positions = 24, system: (typeof systems)[number] = "Aaren") =>
  makeCore(system, { dim: 8, heads: 2, depth: 1, positions });

describe("the forecaster", () => {
  test("follows the level and the scale of its window", async () => {
    manualSeed(1);
    const model = new Forecaster(core(), { window: 12, patch: 4, horizon: 5 });
    const past = normals([3, 12], 1);
    const plain = await numbers(model.forward(past));
    const moved = await numbers(model.forward(past.mul(10).add(3)));
    expect(
      apart(
        moved,
        plain.map((x) => 10 * x + 3),
      ),
    ).toBeLessThan(1e-3);
    expect(() => model.forward(normals([3, 11], 1))).toThrow(ShapeError);
    expect(() => new Forecaster(core(), { window: 10, patch: 4, horizon: 5 })).toThrow("does not divide");
  });

  test("windows keep to their parts of the series, and the references forecast what they say", () => {
    const standard = standardise(seasonalSeries({ seed: 0 }));
    const { training, test: testWindows } = windowOffsets(standard);
    const hourOf = (offset: number): number => offset % standard.length;
    expect(Math.max(...training.map(hourOf))).toBe(8640 - 192);
    expect(testWindows.length).toBe(7 * (Math.floor((2880 - 96) / 16) + 1));
    expect(Math.min(...testWindows.map(hourOf)) + 96).toBe(8640 + 2880);
    expect(Math.max(...testWindows.map(hourOf)) + 192).toBeLessThanOrEqual(14_400);
    const daily = Float32Array.from({ length: 400 }, (_, t) => Math.sin((2 * Math.PI * t) / 24));
    const errors = referenceErrors({ variables: 1, length: 400, values: daily }, Int32Array.of(0, 7, 100));
    expect(errors["last 24 hours"]).toBeLessThan(1e-10);
    expect(errors["window's mean"]).toBeCloseTo(0.5, 5);
    expect(errors["last value"]).toBeGreaterThan(0.5);
  });
});

describe("the classifier", () => {
  test("gives one logit a class and refuses other channels and lengths", () => {
    const model = new SequenceClassifier(core(), { channels: 3, patch: 4, classes: 6 });
    expect(model.forward(normals([2, 16, 3], 1)).shape).toEqual([2, 6]);
    expect(() => model.forward(normals([2, 16, 2], 1))).toThrow(ShapeError);
    expect(() => model.forward(normals([2, 15, 3], 1))).toThrow("does not divide");
  });
});

describe("the event model", () => {
  test("has a density of the next wait that integrates to 1, and probabilities of marks that sum to 1", async () => {
    manualSeed(2);
    const model = new EventModel(core(), { marks: 3, components: 4 });
    const marks = fromArray(Int32Array.of(0, 2, 1, 1), [1, 4]);
    const next = model.forward(marks, normals([1, 4], 3));
    const [reach, width] = [60, 0.01];
    const count = (2 * reach) / width + 1;
    const grid = Float32Array.from({ length: 4 * count }, (_, i) => Math.floor(i / 4) * width - reach);
    const { waits } = eventLoss(next, marks, fromArray(grid, [count, 4]));
    const mass = (await numbers(waits)).reduce((sum, loss, i) => sum + (i % 4 === 3 ? width * Math.exp(-loss) : 0), 0);
    expect(mass).toBeCloseTo(1, 3);
    let total = 0;
    for (const mark of [0, 1, 2]) {
      const all = fromArray(new Int32Array(4).fill(mark), [1, 4]);
      total += Math.exp(-(await numbers(eventLoss(next, all, normals([1, 4], 3)).marks))[2]);
    }
    expect(total).toBeCloseTo(1, 5);
    expect(() => model.forward(marks, normals([1, 3], 3))).toThrow(ShapeError);
  });

  test("statistics of the ring are those of a process with four marks alike", () => {
    const { rate, frequencies, entropy } = eventStatistics(simulateHawkes({ count: 800, events: 60, seed: 3 }));
    expect(rate).toBeGreaterThan(0.8);
    for (const p of frequencies) expect(p).toBeCloseTo(0.25, 1);
    expect(entropy).toBeLessThanOrEqual(Math.log(4));
    expect(entropy).toBeGreaterThan(Math.log(4) - 0.01);
  });
});

describe("the point mass", () => {
  test("moves as its equations say", () => {
    const env = new PointMassEnv(Float64Array.of(0, 0.5, 1, 0.5));
    const rewards = env.step([0.5, -2]);
    // v = 0.1·(0.5, −1), p = (0, 0.5) + 0.1 v
    expect(apart([...env.states], [0.005, 0.49, 0.05, -0.1, 1, 0.5])).toBeLessThan(1e-12);
    expect(rewards[0]).toBeCloseTo(-Math.hypot(0.995, 0.01) - 0.05 * 1.25, 12);
    env.step([0, 0]);
    expect(env.states[2]).toBeCloseTo(0.045, 12);
    expect(() => env.step([0])).toThrow(ShapeError);
    expect(() => new PointMassEnv(new Float64Array(3))).toThrow(ShapeError);
  });

  test("the expert is far better than chance", () => {
    const random = new Random(4);
    const starts = pointMassStarts(50, random);
    const average = (returns: Float64Array): number => returns.reduce((a, b) => a + b) / returns.length;
    const expert = average(rollOut(starts, expertActions));
    const chance = average(
      rollOut(starts, (s) => Float64Array.from({ length: s.length / 3 }, () => random.uniform(-1, 1))),
    );
    expect(expert - chance).toBeGreaterThan(5);
  });

  test("recorded returns to go end in the last reward and fall by each reward", () => {
    const { states, actions, returnsToGo, noise } = recordEpisodes(20, 5);
    const env = new PointMassEnv(
      Float64Array.from({ length: 80 }, (_, i) => states[(i >> 2) * 240 + [0, 1, 4, 5][i % 4]]),
    );
    for (let step = 0; step < 40; step++) {
      const rewards = env.step(Array.from({ length: 40 }, (_, i) => actions[((i >> 1) * 40 + step) * 2 + (i % 2)]));
      rewards.forEach((reward, e) => {
        const later = step === 39 ? 0 : returnsToGo[e * 40 + step + 1];
        expect(returnsToGo[e * 40 + step] - later).toBeCloseTo(reward, 3);
      });
    }
    expect([...noise].every((epsilon) => [0, 0.3, 0.6, 1].includes(epsilon))).toBe(true);
  });

  test("the return asked for is one that few undisturbed episodes exceed", () => {
    const episodes = recordEpisodes(200, 6);
    const undisturbed = [...episodes.noise].flatMap((epsilon, e) =>
      epsilon === 0 ? [episodes.returnsToGo[40 * e]] : [],
    );
    const above = undisturbed.filter((r) => r > targetReturn(episodes)).length;
    expect(above / undisturbed.length).toBeCloseTo(0.1, 1);
  });
});

describe.each(systems)("the decision sequence model on %s", (system) => {
  test("acts token by token as it predicts for whole episodes", async () => {
    manualSeed(6);
    const model: DecisionSequenceModel = new DecisionSequenceModel(core(24, system), { stateSize: 6, actionSize: 2 });
    const [returns, states, actions] = [1, 6, 2].map((width) => normals([2, 8, width], width));
    const whole = await numbers(model.forward(returns, states, actions));
    let state: Tree = model.core.initialState(2, 24);
    for (let t = 0; t < 8; t++) {
      const at = (x: Tensor): Tensor => x.select(1, t);
      const decided = model.act(at(returns), at(states), state);
      const acted = await numbers(decided.actions);
      for (const b of [0, 1])
        expect(apart(acted.slice(2 * b, 2 * b + 2), whole.slice((b * 8 + t) * 2, (b * 8 + t) * 2 + 2))).toBeLessThan(
          1e-5,
        );
      state = model.observe(at(actions), decided.state);
    }
    expect(() => model.forward(normals([2, 7, 1], 1), states, actions)).toThrow(ShapeError);
  });
});
