import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { configure } from "../src/index.ts";
import { failingOperations, sameWords } from "./browser/site/operations.ts";
import { charTransformer } from "./training/char-transformer.ts";
import { expectSameTraining } from "./training/expect-same-training.ts";
import { perceptron } from "./training/perceptron.ts";
import { type Problem, type Trained, train } from "./training/train.ts";

const problems: [string, () => Problem][] = [
  ["a perceptron 784-256-10", perceptron],
  ["a character transformer", charTransformer],
];

describe.each(problems)("%s trained for 20 steps on Node", (name, problem) => {
  let native: Trained;
  beforeAll(async () => {
    configure({ device: "cpu", threads: 1 });
    native = await train(problem(), 20);
  });
  afterAll(() => configure({ device: undefined }));

  test("learns", () => expect(native.losses.at(-1)).toBeLessThan(0.9 * native.losses[0]));

  test("has the same losses and weights to 1e-4 in the WebAssembly runtime", async () => {
    configure({ device: "wasm", threads: 1 });
    expectSameTraining(name, await train(problem(), 20), native);
  });
});

describe("in the WebAssembly runtime on Node", () => {
  beforeAll(() => configure({ device: "wasm", threads: 1 }));
  afterAll(() => configure({ device: undefined }));

  test("every operation and derivative agrees with the reference, and the random words with the host's", async () => {
    const { checked, failures } = await failingOperations();
    expect(checked).toBeGreaterThan(100);
    expect(failures).toEqual([]);
    expect(await sameWords()).toBe(true);
  }, 60_000);
});
