import { Random } from "@paperworks/data";
import type { TaskRun } from "@paperworks/experiment";
import { Generator, tensor } from "@paperworks/tensor";
import { describe, expect, it } from "vitest";
import { MemoryNetwork, positionEncoding, type StoryInputs } from "./memory-network.ts";
import { answerQuestions } from "./question-answering.ts";
import { gridOf, overSeeds, restarts, successesOf } from "./restarts.ts";

type Words = readonly (readonly number[])[];

/** A batch of one story, sentences and words padded with token 0. */
function inputs(story: Words, question: readonly number[], slots = story.length, width = 3): StoryInputs {
  const sentences = Array.from({ length: slots }, (_, i) => {
    const words = story[i] ?? [];
    return Array.from({ length: width }, (_, j) => words[j] ?? 0);
  });
  return {
    stories: tensor([sentences], { dtype: "int32" }),
    storyMask: tensor([sentences.map((words) => words.map((word) => (word > 0 ? 1 : 0)))]),
    questions: tensor([question], { dtype: "int32" }),
  };
}

const softmax = (scores: readonly number[]): number[] => {
  const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
  return scores.map((score) => Math.exp(score) / total);
};
const closeTo = (actual: ArrayLike<number>, expected: readonly number[], digits = 5): void => {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(actual[i], `at ${i}`).toBeCloseTo(value, digits);
  });
};

describe("position encoding", () => {
  it("has the rows (1/2, 1/2) and (1/2, 1) for two words and two features", () => {
    closeTo(positionEncoding(2, 2), [1 / 2, 1 / 2, 1 / 2, 1]);
  });

  it("turns from 1 − j/J at no feature to j/J at the last", () => {
    // J = 3, d = 4: row 1 is 2/3 − (k/4)/3, row 2 is 1/3 + (k/4)/3, row 3 is k/4.
    closeTo(
      positionEncoding(3, 4),
      [7, 6, 5, 4, 5, 6, 7, 8, 3, 6, 9, 12].map((twelfths) => twelfths / 12),
    );
  });

  it("weights each word's embedding: a question's vector is the sum of its rows times the words", async () => {
    const random = new Random(3);
    const model = new MemoryNetwork({ vocabulary: 5, slots: 1, dimension: 4, hops: 1, generator: new Generator(0) });
    const embeddings = Float32Array.from({ length: 5 * 2 * 4 }, () => random.normal());
    model.embeddings.set(embeddings);
    model.temporal.set(new Float32Array(2 * 4));
    // W is the first four words' indicator, so that logits 0 … 3 are u. The one sentence is padding, which adds nothing to u.
    model.answer.set(Float32Array.from({ length: 4 * 5 }, (_, i) => (i % 5 === Math.floor(i / 5) ? 1 : 0)));
    const question = [3, 1, 4];
    const encoding = positionEncoding(3, 4);
    const expected = Array.from({ length: 4 }, (_, k) =>
      question.reduce((sum, word, j) => sum + encoding[j * 4 + k] * embeddings[word * 8 + k], 0),
    );
    closeTo((await model.forward(inputs([[]], question)).data()).slice(0, 4) as Float32Array, expected);
  });
});

describe("MemoryNetwork", () => {
  /**
   * Words: 1 mary, 2 apple, 3 kitchen, 4 garden; sentences of one word j = J = 1 have l_1k = k/d, (1/2, 1) for d = 2.
   * E_k holds 2v_1 and v_2 for a word whose vector is to be v.
   */
  const vectors = [
    // E_0: the question "apple" is (1, 0); the sentence "apple" matches it.
    [
      [0, 0],
      [0, 0],
      [1, 0],
      [0, 0],
      [0, 0],
    ],
    // E_1: what "apple" says, (0, 2); what is asked at the second hop: "kitchen" (0, 1).
    [
      [0, 0],
      [0, 0],
      [0, 2],
      [0, 1],
      [0, 0],
    ],
    // E_2
    [
      [0, 0],
      [0, 0],
      [1, 1],
      [3, 4],
      [0, 0],
    ],
  ];
  const twoHops = (): MemoryNetwork => {
    const model = new MemoryNetwork({ vocabulary: 5, slots: 4, dimension: 2, hops: 2, answers: 2 });
    model.embeddings.set(
      Array.from({ length: 5 }, (_, word) => vectors.flatMap((table) => [2 * table[word][0], table[word][1]])).flat(),
    );
    // T_1 of the most recent sentence is (0, 1/2), T_0 of the one before it (1, 0); all others are 0.
    const temporal = new Float32Array(4 * 3 * 2);
    temporal[0 * 6 + 1 * 2 + 1] = 1 / 2;
    temporal[1 * 6 + 0 * 2 + 0] = 1;
    model.temporal.set(temporal);
    model.answer.set([1, 0, 0, 1]);
    return model;
  };

  it("attends as computed by hand in a story of two hops", async () => {
    const { logits, attention } = twoHops().read(inputs([[2], [3], [4]], [2]));
    // u_0 = (1, 0). Memories of hop 1: apple (1, 0), kitchen T_0 = (1, 0), garden (0, 0).
    const p = softmax([1, 1, 0]);
    // Outputs of hop 1, and memories of hop 2: (0, 2), (0, 1), (0, 1/2).
    const u = [1, 2 * p[0] + p[1] + p[2] / 2];
    const q = softmax([2 * u[1], u[1], u[1] / 2]);
    closeTo((await attention[0].data()) as Float32Array, p);
    closeTo((await attention[1].data()) as Float32Array, q);
    closeTo((await logits.data()) as Float32Array, [u[0] + q[0] + 3 * q[1], u[1] + q[0] + 4 * q[1]]);
  });

  it("reads the same with more padding after sentences and words, and pays it no attention", async () => {
    const model = new MemoryNetwork({ vocabulary: 5, slots: 6, dimension: 4, generator: new Generator(1) });
    const story = [[1, 2, 3], [4, 2], [3]];
    const bare = model.read(inputs(story, [2, 4]));
    const padded = model.read(inputs(story, [2, 4, 0, 0], 6, 5));
    closeTo((await padded.logits.data()) as Float32Array, [...((await bare.logits.data()) as Float32Array)], 6);
    for (let k = 0; k < 3; k++) {
      const attention = [...((await padded.attention[k].data()) as Float32Array)];
      expect(attention.slice(3)).toEqual([0, 0, 0]);
      closeTo(attention.slice(0, 3), [...((await bare.attention[k].data()) as Float32Array)], 6);
    }
  });

  it("refuses more sentences than it has slots, and a mask of another shape", () => {
    const model = new MemoryNetwork({ vocabulary: 5, slots: 2 });
    const three = inputs([[1], [2], [3]], [1]);
    expect(() => model.forward(three)).toThrow("3 sentences for 2 slots");
    expect(() => model.forward({ ...three, storyMask: tensor([[1, 1, 1]]) })).toThrow("[1, 3, 3] and [1, 3]");
  });
});

describe("answering questions", () => {
  const quietRun = (seed: number, seen: number[] = []): TaskRun => ({
    seed,
    signal: new AbortController().signal,
    restored: undefined,
    checkpoint: async () => false,
    progress: async ({ step }) => {
      seen.push(step);
    },
  });

  it("lowers the loss in 200 steps with noise, below that of a guess among the six places", async () => {
    const seen: number[] = [];
    const { curve, testError } = await answerQuestions(quietRun(0, seen), { lr: 0.2, eta: 0.1, quick: true });
    expect(seen).toEqual([50, 100, 150, 200]);
    expect(curve.map(({ step }) => step)).toEqual(seen);
    expect(curve[3].loss).toBeLessThan(curve[0].loss);
    expect(curve[3].loss).toBeLessThan(Math.log(6));
    expect(testError).toBeLessThan(0.8);
  });

  it("repeats itself for the same seed, and differs with the noise left out", async () => {
    const run = (eta: number) => answerQuestions(quietRun(1), { lr: 0.2, eta, quick: true });
    const [first, again, without] = [await run(0.1), await run(0.1), await run(0)];
    expect(again).toEqual(first);
    expect(without.curve).not.toEqual(first.curve);
  });
});

describe("restarts", () => {
  it("runs every cell for every seed and counts the successes of each", async () => {
    const grid = gridOf<{ a: number; b: string }>({ a: [1, 10], b: ["x", "y"] });
    expect(grid).toEqual([
      { a: 1, b: "x" },
      { a: 1, b: "y" },
      { a: 10, b: "x" },
      { a: 10, b: "y" },
    ]);
    const cells = await restarts(
      grid,
      overSeeds(3, ({ a }, seed) => a * seed),
      (result) => result >= 2,
    );
    expect(cells.map(({ results }) => results)).toEqual([
      [0, 1, 2],
      [0, 1, 2],
      [0, 10, 20],
      [0, 10, 20],
    ]);
    expect(cells.map(({ successes }) => successes)).toEqual([1, 1, 2, 2]);
    expect(successesOf(cells, ({ b }) => b === "y")).toBe(3);
  });
});
