import { MultiHeadAttention, parameters, saveSafetensors, VisionTransformer } from "@paperworks/nn";
import {
  abs,
  configure,
  evaluate,
  exportOnnx,
  fromArray,
  Generator,
  grad,
  manualSeed,
  max,
  ShapeError,
  sub,
  type Tensor,
  tensor,
  zeros,
} from "@paperworks/tensor";
import { loadModel } from "@paperworks/tensor/inference";
import { describe, expect, test } from "vitest";
import { coverageOf, coveredMass } from "./coverage.ts";
import { LinformerAttention } from "./linformer-attention.ts";
import { localWindowMask, oracleRanking, randomMask, windowRanking } from "./rankings.ts";
import { Sparsifiner, type SparsifinerOptions, startFrom } from "./sparsifiner.ts";
import { SparsifinerAttention } from "./sparsifiner-attention.ts";
import { reconstructionLoss, studentLoss, trainSparsifiner } from "./train-sparsifiner.ts";

configure({ threads: 1 });

const size = { image: 16, patch: 4, dim: 12, depth: 3, heads: 3, hidden: 24, classes: 4 };
const images = fromArray(new Generator(4).hostNormal(2 * 3 * 256), [2, 3, 16, 16]);
const labels = tensor([1, 3], { dtype: "int32" });
const zero = (gradient: Tensor): Promise<boolean> =>
  Promise.resolve(gradient.data()).then((data) => data.every((x: number | bigint) => Number(x) === 0));
const distance = async (a: Tensor, b: Tensor): Promise<number> => (await max(abs(sub(a, b))).item()) as number;

/** A teacher whose attention is not uniform, and a student that has its weights. */
async function pairOf(options: Partial<SparsifinerOptions> = {}): Promise<[VisionTransformer, Sparsifiner]> {
  manualSeed(5);
  const teacher = new VisionTransformer(size);
  for (const { mixer } of teacher.blocks)
    if (mixer instanceof MultiHeadAttention)
      mixer.query.weight.set(Array.from(await mixer.query.weight.data(), Number).map((x) => 4 * x));
  const student = new Sparsifiner({ ...size, ...options });
  startFrom(student, await saveSafetensors(teacher));
  return [teacher, student];
}

describe("a Sparsifiner", () => {
  test("with its teacher's weights attends like it when dense, and when it keeps all keys", async () => {
    const [teacher, student] = await pairOf();
    const logits = teacher.forward(images);
    expect(
      await distance(student.head.forward(student.features(images, { execution: "dense" }).pooled), logits),
    ).toBeLessThan(1e-5);
    const [, all] = await pairOf({ keep: 1 });
    expect(all.predictors).toEqual([]);
    expect(await distance(all.forward(images), logits)).toBeLessThan(1e-5);
    expect(await distance(student.forward(images), logits)).toBeGreaterThan(1e-3);
  });

  test("gives the same features masked and gathered, with tokens dropped and without", async () => {
    for (const pruning of [undefined, { after: [1, 2], rate: 0.6 }]) {
      const [, student] = await pairOf({ pruning });
      const [masked, gathered] = (["masked", "gathered"] as const).map((execution) =>
        student.features(images, { execution }),
      );
      expect(gathered.tokens.shape).toEqual([2, pruning ? 7 : 17, 12]);
      expect(await distance(gathered.tokens, masked.tokens)).toBeLessThan(1e-5);
    }
  });

  test("drops the patches that the class token looks at least, keeps it and their order, and with ρ = 1 changes nothing", async () => {
    const [, student] = await pairOf({ pruning: { after: [1, 2], rate: 0.6 } });
    const { mixings, kept } = student.features(images);
    await evaluate([mixings[0].classWeights, kept as Tensor]);
    const seen = Array.from(await mixings[0].classWeights.mean(1).data(), Number);
    const places = Array.from(await (kept as Tensor).data(), Number);
    for (const image of [0, 1]) {
      const own = places.slice(7 * image, 7 * image + 7);
      expect(own[0]).toBe(0);
      expect([...own].sort((a, b) => a - b)).toEqual(own);
      const first = Array.from({ length: 16 }, (_, j) => j + 1)
        .sort((a, b) => seen[17 * image + b] - seen[17 * image + a])
        .slice(0, 10);
      for (const place of own.slice(1)) expect(first).toContain(place);
    }
    const [, whole] = await pairOf();
    const [, unpruned] = await pairOf({ pruning: { after: [1, 2], rate: 1 } });
    expect(await distance(unpruned.forward(images), whole.forward(images))).toBe(0);
  });

  test("as an ONNX file that gathers gives the logits that it gives masked", async () => {
    const [, student] = await pairOf({ pruning: { after: [1], rate: 0.7 } });
    const bytes = await exportOnnx(
      ({ x }) => ({ logits: student.head.forward(student.features(x, { execution: "gathered" }).pooled) }),
      { x: images },
    );
    const model = await loadModel(bytes, { threads: 1 });
    const { logits } = await model.run({ x: (await images.data()) as Float32Array });
    const masked = Array.from(await student.forward(images).data(), Number);
    for (const [i, logit] of masked.entries()) expect(Number(logits.data[i])).toBeCloseTo(logit, 4);
    await model.dispose();
  });

  test("refuses a share of keys outside (0, 1], other tokens, and pruning after the last block", () => {
    expect(() => new Sparsifiner({ ...size, keep: 0 })).toThrow(/lies in \(0, 1\], got 0/);
    expect(() => new Sparsifiner({ ...size, pruning: { after: [3], rate: 0.5 } })).toThrow(/after blocks 1 … 2, got 3/);
    const layer = new SparsifinerAttention({ dim: 12, heads: 3, tokens: 17 });
    expect(() => layer.attend(zeros([2, 16, 12]))).toThrow(ShapeError);
    expect(() => layer.attend(zeros([2, 16, 12]))).toThrow(/made for 17 tokens, 17 of them left, got 16/);
    const linformer = new LinformerAttention({ dim: 12, heads: 3, tokens: 17, reducedTokens: 2 });
    expect(() => linformer.attend(zeros([2, 16, 12]))).toThrow(/made for 17 tokens, got 16/);
  });
});

describe("training", () => {
  test("reconstruction reaches the predictors' weights alone", async () => {
    const [teacher, student] = await pairOf();
    const loss = reconstructionLoss(teacher, student, images);
    const own = new Set(parameters(student.predictors));
    const all = [...parameters(student), ...parameters(teacher)];
    for (const [i, gradient] of grad<Tensor[]>(loss, all).entries())
      expect(await zero(gradient)).toBe(!own.has(all[i]));
    expect(own.size).toBe(3 * 6);
  });

  test("in distillation no gradient reaches the predictors or the teacher, exactly", async () => {
    const [teacher, student] = await pairOf({ pruning: { after: [1], rate: 0.5 } });
    const loss = studentLoss(teacher, student, images, labels);
    for (const gradient of grad<Tensor[]>(loss, [...parameters(student.predictors), ...parameters(teacher)]))
      expect(await zero(gradient)).toBe(true);
    const others = parameters(student.blocks[0].feedForward as object);
    for (const gradient of grad<Tensor[]>(loss, others)) expect(await zero(gradient)).toBe(false);
  });

  test("both stages lower their losses, and distillation leaves the predictors as they were", async () => {
    const [teacher, student] = await pairOf();
    const before = Array.from(await student.predictors[0].basis.data(), Number);
    const data = () => ({ images, labels });
    let during: number[] = [];
    const { reconstruction, distillation } = await trainSparsifiner(teacher, student, data, {
      reconstruction: { steps: 30, learningRate: 1e-2 },
      distillation: {
        steps: 30,
        learningRate: 3e-3,
        run: {
          restored: undefined,
          progress: async ({ step }) => {
            if (step === 1) during = Array.from(await student.predictors[0].basis.data(), Number);
          },
          checkpoint: async () => false,
        },
      },
    });
    expect(reconstruction.at(-1)?.loss).toBeLessThan(reconstruction[0].loss);
    expect(distillation.at(-1)?.loss).toBeLessThan(distillation[0].loss);
    const after = Array.from(await student.predictors[0].basis.data(), Number);
    expect(after).not.toEqual(before);
    expect(after).toEqual(during);
  });

  test("a teacher of another depth, or a student without predictors, is refused", async () => {
    const [teacher] = await pairOf();
    expect(() => reconstructionLoss(teacher, new Sparsifiner({ ...size, depth: 2 }), images)).toThrow(
      /of 2 blocks cannot learn the attention of 3/,
    );
    expect(() => reconstructionLoss(teacher, new Sparsifiner({ ...size, keep: 1 }), images)).toThrow(
      /the student a predictor/,
    );
  });
});

describe("fixed choices of keys", () => {
  test("a window holds the class token and the nearest patches", async () => {
    const mask = Array.from(await localWindowMask([4, 4], { count: 6 }).data(), Number);
    const row = (i: number): number[] => mask.slice(17 * i, 17 * i + 17).flatMap((kept, j) => (kept ? [j] : []));
    expect(row(0)).toHaveLength(17);
    // Patch (1, 1) is token 6; its four neighbours are 2, 5, 7 and 10.
    expect(row(6)).toEqual([0, 2, 5, 6, 7, 10]);
    // In the corner the sixth place goes to the diagonal's next, equally far on both sides: the lower index.
    expect(row(1)).toEqual([0, 1, 2, 3, 5, 6]);
  });

  test("a window over the tokens that are left is the whole window's order without the others", async () => {
    const kept = tensor([[0, 1, 6, 16]], { dtype: "int32" });
    const scores = windowRanking([4, 4])({ q: zeros([1, 1, 4, 2]), k: zeros([1, 1, 4, 2]), kept });
    expect(scores.shape).toEqual([1, 1, 3, 4]);
    expect(Array.from(await scores.data(), Number)).toEqual([1, 0, -2, -18, 1, -2, 0, -8, 1, -18, -8, 0]);
  });

  test("a random mask has its budget and differs from row to row", async () => {
    const mask = Array.from(await randomMask([1, 40, 41], { count: 10 }, new Generator(1)).data(), Number);
    const rows = Array.from({ length: 40 }, (_, i) => mask.slice(41 * (i + 1), 41 * (i + 2)));
    for (const row of rows) expect(row.reduce((a, b) => a + b)).toBe(10);
    expect(new Set(rows.map((row) => row.join(""))).size).toBe(40);
  });
});

describe("coverage", () => {
  test("is the mass inside the mask over the patches' rows", async () => {
    const weights = tensor([
      [
        [
          [0.5, 0.3, 0.2],
          [0.1, 0.6, 0.3],
          [0.7, 0.2, 0.1],
        ],
      ],
    ]);
    const mask = tensor([
      [true, true, true],
      [false, true, false],
      [true, true, false],
    ]);
    expect(await coveredMass(weights, mask).item()).toBeCloseTo((0.6 + 0.9) / 2, 6);
  });

  test("by the oracle is at least that of every other choice, by chance it is the budget, and of all keys it is 1", async () => {
    const [, student] = await pairOf();
    const data = fromArray(new Generator(6).hostNormal(20 * 768), [20, 3, 16, 16]);
    const [quarter, whole] = await coverageOf(
      student,
      { data: (await data.data()) as Float32Array, shape: data.shape },
      [0.25, 1],
      10,
    );
    for (const mass of Object.values(quarter)) expect(quarter.oracle).toBeGreaterThanOrEqual(mass);
    expect(quarter.random).toBeCloseTo(5 / 17, 1);
    for (const mass of Object.values(whole)) expect(mass).toBeCloseTo(1, 4);
  });

  test("of the oracle's keys as a student's own is the oracle's", async () => {
    const [, student] = await pairOf({ ranking: () => oracleRanking });
    const data = (await images.data()) as Float32Array;
    const [{ Sparsifiner: own, oracle }] = await coverageOf(student, { data, shape: images.shape }, [0.25], 2);
    expect(own).toBe(oracle);
  });
});
