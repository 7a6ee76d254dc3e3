import { dormandPrince, IntegrationError } from "@paperworks/nn";
import { fromArray, Generator, manualSeed, mul, type Tensor, zeros } from "@paperworks/tensor";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FlowNet } from "./flow-net.ts";
import { ResidualStep } from "./residual-step.ts";
import { fitzHughNagumo, flame, vanDerPol } from "./right-hand-sides.ts";
import { solverRuns } from "./solver-steps.ts";
import { StepAdaptor } from "./step-adaptor.ts";
import {
  neuralStiffness,
  peakRatio,
  peakRecall,
  profileFidelity,
  stiffnessIndex,
  totalIndex,
  trajectoryProfile,
} from "./stiffness.ts";

const normal = (shape: number[], seed = 1): Tensor =>
  fromArray(new Generator(seed).hostNormal(shape.reduce((a, b) => a * b, 1)), shape);
const valuesOf = async (x: Tensor): Promise<number[]> => Array.from(await x.data(), Number);

test("on u̇ = λu the index is |λ| everywhere", () => {
  for (const lambda of [-3, 0.5]) {
    const { u, slopes } = dormandPrince((_, x) => x.map((value) => lambda * value), [1, -2], [0, 2]);
    for (const [i, state] of u.entries())
      expect(stiffnessIndex(slopes[i], state, { epsilon: 0 })).toBeCloseTo(Math.abs(lambda), 12);
  }
});

test("the index of a network that grows by c a block is |c|‖x‖/(‖x‖ + ε)", async () => {
  const x = normal([4, 6]);
  const c = -0.3;
  const states = [x, mul(x, 1 + c), mul(x, (1 + c) ** 2)];
  const profiles = await valuesOf(neuralStiffness(states));
  const data = (await x.data()) as Float32Array;
  for (let example = 0; example < 4; example++)
    for (const block of [0, 1]) {
      const length = Math.hypot(...data.subarray(6 * example, 6 * example + 6)) * (1 + c) ** block;
      expect(profiles[2 * example + block]).toBeCloseTo((Math.abs(c) * length) / (length + 0.1), 5);
    }
});

test("with steps of one size the index grows with the branch, and is 0 where the step is", async () => {
  const x = normal([3, 5]);
  const of = async (scale: number): Promise<number[]> => {
    const block = new ResidualStep(
      { forward: (y: Tensor) => mul(y.tanh(), scale) } as never,
      new StepAdaptor(5, { kind: "none" }),
    );
    return valuesOf(neuralStiffness([x, block.forward(x)]));
  };
  const [one, three, none] = [await of(1), await of(3), await of(0)];
  for (const [i, xi] of one.entries()) expect(three[i]).toBeCloseTo(3 * xi, 5);
  expect(none).toEqual([0, 0, 0]);
});

test("features of different shapes are not compared, nor a single one", () => {
  expect(() => neuralStiffness([zeros([2, 4]), zeros([2, 8])])).toThrow(
    /where their shape stays, got \[2, 4\] and \[2, 8\]/,
  );
  expect(() => neuralStiffness([zeros([2, 4])])).toThrow(/at least one block, got 1/);
});

test("a profile's fidelity to itself is 1, to its negative −1, whatever scale and offset", () => {
  const profile = fc.array(fc.double({ min: 0, max: 10, noNaN: true }), { minLength: 3, maxLength: 30 });
  fc.assert(
    fc.property(
      profile,
      fc.double({ min: 0.1, max: 5, noNaN: true }),
      fc.double({ min: -3, max: 3, noNaN: true }),
      (xi, scale, offset) => {
        fc.pre(Math.max(...xi) - Math.min(...xi) > 1e-3);
        expect(profileFidelity(xi, xi)).toBeCloseTo(1, 9);
        expect(
          profileFidelity(
            xi.map((value) => -value),
            xi,
          ),
        ).toBeCloseTo(-1, 9);
        expect(
          profileFidelity(
            xi.map((value) => scale * value + offset),
            xi,
          ),
        ).toBeCloseTo(1, 6);
      },
    ),
  );
});

test("the peak is the largest over the median, and is found to within one step", () => {
  expect(peakRatio([1, 2, 8, 2, 1])).toBe(4);
  expect(totalIndex([1, 2, 8])).toBe(11);
  expect(
    peakRecall(
      [
        [0, 1, 5, 0],
        [9, 0, 0, 0],
      ],
      [
        [0, 7, 1, 0],
        [0, 0, 0, 3],
      ],
    ),
  ).toBe(0.5);
  expect(() => peakRatio([1, 2])).toThrow(/at least 3 values, got 2/);
  expect(() => profileFidelity([1, 2, 3], [1, 2, 3, 4])).toThrow(/of 3 and 4 steps/);
});

test("the solver's steps on an excitable system are short where it is stiff", () => {
  const { excitable, vanDerPol: stiff } = solverRuns(150);
  expect(excitable.steps.length).toBeGreaterThan(300);
  expect(excitable.steps.length).toBeLessThan(420);
  expect(excitable.correlation).toBeCloseTo(-0.67, 1);
  expect(excitable.correlation).toBeLessThan(stiff.correlation);
});

test("the fast and the slow scale of the excitable system run through the same states", () => {
  const slow = dormandPrince(fitzHughNagumo(), [0, 0], [0, 10], { rtol: 1e-9, atol: 1e-12 });
  const fast = dormandPrince(fitzHughNagumo({ fast: true }), [0, 0], [0, 0.8], { rtol: 1e-9, atol: 1e-12 });
  const [a, b] = [slow, fast].map(({ u }) => u[u.length - 1]);
  expect(a[0]).toBeCloseTo(b[0], 5);
  expect(a[1]).toBeCloseTo(b[1], 5);
});

test("a flame catches about when 1/δ has passed, and van der Pol's oscillator keeps its amplitude of 2", () => {
  const burning = dormandPrince(flame(), [0.01], [0, 200], { rtol: 1e-6, atol: 1e-9 });
  expect(burning.t[burning.u.findIndex(([u]) => u > 0.5)]).toBeGreaterThan(90);
  expect(burning.u[burning.u.length - 1][0]).toBeCloseTo(1, 5);
  const swing = dormandPrince(vanDerPol({ mu: 5 }), [2, 0], [0, 60]);
  expect(Math.max(...swing.u.map(([x]) => x))).toBeCloseTo(2.02, 1);
});

test("a right-hand side that is not finite ends the solution with its time", () => {
  expect(() => dormandPrince(() => [Number.NaN], [0], [0, 1])).toThrow(IntegrationError);
});

test("FlowNets have 4,418, 4,970, 5,482 and, widened, 5,978 parameters", async () => {
  const { parameterCount } = await import("@paperworks/nn");
  manualSeed(0);
  const counts = [{ kind: "none" }, { kind: "se" }, { kind: "step" }, { kind: "none", inner: 88 }] as const;
  expect(counts.map((options) => parameterCount(new FlowNet(options)))).toEqual([4418, 4970, 5482, 5978]);
});

test("the profile of a trajectory has a value a step", () => {
  expect(
    trajectoryProfile([
      [3, 4],
      [3, 4],
      [0, 0],
    ]),
  ).toEqual([0, 5 / 5.1]);
});
