import { fromArray, Generator, grad, manualSeed, mul, Parameter, sum, type Tensor, zeros } from "@paperworks/tensor";
import { describe, expect, test } from "vitest";
import { ResidualStep } from "./residual-step.ts";
import { type AdaptorKind, adaptorKinds, StepAdaptor, stiffnessStatistics } from "./step-adaptor.ts";

const normal = (shape: number[], seed = 1): Tensor =>
  fromArray(new Generator(seed).hostNormal(shape.reduce((a, b) => a * b, 1)), shape);
const valuesOf = async (x: Tensor): Promise<number[]> => Array.from(await x.data(), Number);

/** An adaptor whose last layer is not 0. */
function awake(kind: AdaptorKind, channels: number): StepAdaptor {
  manualSeed(2);
  const adaptor = new StepAdaptor(channels, { kind, reduction: 2 });
  adaptor.excite?.weight.set(new Generator(5).hostNormal(adaptor.excite.weight.size));
  adaptor.acrossChannels?.weight.set(new Generator(6).hostNormal(3));
  adaptor.style?.set(new Generator(7).hostNormal(2 * channels));
  return adaptor;
}

describe.each([[[3, 8]], [[3, 8, 4, 4]]])("on %j", (shape) => {
  test.each(adaptorKinds)("%s begins with steps of exactly 1: the plain network, bit for bit", async (kind) => {
    const branch = { forward: (x: Tensor) => mul(x, 0.3) } as never;
    const x = normal(shape);
    const [plain, adapted] = (["none", kind] as const).map(
      (one) => new ResidualStep(branch, new StepAdaptor(8, { kind: one })),
    );
    expect(await valuesOf(adapted.forward(x))).toEqual(await valuesOf(plain.forward(x)));
  });

  test.each(["se", "step"] as const)(
    "the derivatives of %s are those of finite differences, also where f is 0",
    async (kind) => {
      const adaptor = awake(kind, 8);
      const x = normal(shape, 3);
      for (const f of [normal(shape, 4), zeros(shape)]) {
        const weights = normal([shape[0], 8], 8);
        const loss = (branch: Tensor, state: Tensor): Tensor =>
          sum(mul(adaptor.forward(branch, state) as Tensor, weights));
        const inputs = [new Parameter(f), new Parameter(x)];
        const slopes = await Promise.all(grad(loss(inputs[0], inputs[1]), inputs).map(valuesOf));
        expect(slopes.flat().every(Number.isFinite)).toBe(true);
        for (const [which, at] of [
          [0, 0],
          [0, 5],
          [1, 3],
          [1, 17],
        ]) {
          // Where f is 0 its own size has a corner.
          if (which === 0 && f.held?.every((value: number | bigint) => Number(value) === 0)) continue;
          const moved = async (by: number): Promise<number> => {
            const values = [f, x].map((tensor, i) => {
              const copy = Float32Array.from(tensor.held as Float32Array);
              if (i === which) copy[at] += by;
              return fromArray(copy, shape);
            });
            return (await loss(values[0], values[1]).item()) as number;
          };
          const h = 1e-2;
          expect(Math.abs(slopes[which][at] - ((await moved(h)) - (await moved(-h))) / (2 * h))).toBeLessThan(2e-3);
        }
      }
    },
  );
});

test("squeeze and excite of two channels is what a hand computes", async () => {
  const adaptor = new StepAdaptor(2, { kind: "se", reduction: 2 });
  adaptor.squeeze?.weight.set(Float32Array.of(1, -2));
  adaptor.squeeze?.bias?.set(Float32Array.of(0.5));
  adaptor.excite?.weight.set(Float32Array.of(3, -1));
  adaptor.excite?.bias?.set(Float32Array.of(0, 1));
  const f = fromArray(Float32Array.of(1, 3, 0, 0, 0.25, 0.25, 0.25, 0.25), [1, 2, 2, 2]);
  // Means 1 and 0.25: hidden relu(1 − 0.5 + 0.5) = 1, logits 3 and 0.
  const [first, second] = await valuesOf(adaptor.forward(f, f) as Tensor);
  expect(first).toBeCloseTo(2 / (1 + Math.exp(-3)), 6);
  expect(second).toBeCloseTo(1, 6);
});

test("a channel's stiffness does not see where in the channel, the block's not which channel", async () => {
  const [f, x] = [normal([1, 4, 2, 2], 1), normal([1, 4, 2, 2], 2)];
  const reorder = (tensor: Tensor, order: number[], width: number): Tensor => {
    const from = tensor.held as Float32Array;
    return fromArray(
      Float32Array.from(from, (_, i) =>
        width === 1 ? from[i - (i % 4) + order[i % 4]] : from[order[Math.floor(i / 4)] * 4 + (i % 4)],
      ),
      [1, 4, 2, 2],
    );
  };
  const original = await valuesOf(stiffnessStatistics(f, x));
  const space = await valuesOf(stiffnessStatistics(reorder(f, [2, 0, 3, 1], 1), reorder(x, [1, 3, 0, 2], 1)));
  const channels = await valuesOf(stiffnessStatistics(reorder(f, [2, 0, 3, 1], 4), reorder(x, [2, 0, 3, 1], 4)));
  for (let i = 4; i < 12; i++) expect(space[i]).toBeCloseTo(original[i], 5);
  for (let i = 8; i < 12; i++) expect(channels[i]).toBeCloseTo(original[i], 5);
});

test("what does not fit is refused", () => {
  expect(() => new StepAdaptor(8, { kind: "what" as AdaptorKind })).toThrow(
    /one of none, se, eca, srm, step, got what/,
  );
  expect(() => new StepAdaptor(8, { kind: "se", reduction: 9 })).toThrow(/a reduction of 9 leaves nothing of 8/);
  expect(() => new StepAdaptor(8, { kind: "se" }).forward(zeros([2, 4]), zeros([2, 4]))).toThrow(/of 8 channels/);
  expect(() => new StepAdaptor(4, { kind: "se" }).forward(zeros([2, 4]), zeros([3, 4]))).toThrow(
    /\[2, 4\] and \[3, 4\]/,
  );
});
