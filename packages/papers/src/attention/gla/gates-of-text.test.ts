import { Random } from "@paperworks/data";
import { AdamW, parameters } from "@paperworks/nn";
import { fromArray, jit, manualSeed, mean, square, type Tensor } from "@paperworks/tensor";
import { expect, test } from "vitest";
import { spell } from "../language-data.ts";
import { gateCells, gateReader, gatesOfHead } from "./gates-of-text.ts";
import type { GatedLinearAttention } from "./gla-layer.ts";
import { languageModel } from "./models.ts";

const size = { vocabulary: 11, dim: 16, heads: 2, depth: 2 };

function freshModel(system: "GLA" | "softmax" = "GLA") {
  manualSeed(3);
  return languageModel(system, size);
}

const text = (length: number): Int32Array => {
  const random = new Random(5);
  return Int32Array.from({ length }, () => random.integer(size.vocabulary));
};

test("α of the first block is what its gate makes of a token's normed embedding", async () => {
  const model = freshModel();
  const tokens = text(7);
  const gates = await gateReader(model, 12)(tokens);
  expect([gates.blocks, gates.heads, gates.dimensions, gates.alpha.length]).toEqual([2, 2, 4, 2 * 7 * 2 * 4]);
  const [{ mixer, mixerNorm }] = model.blocks;
  const x = mixerNorm.forward(model.embedding.forward(fromArray(tokens, [1, 7])));
  const logAlpha = (await (mixer as GatedLinearAttention).gate.logAlpha(x).data()) as Float32Array;
  const read = [0, 1].map((head) => gatesOfHead(gates, 0, head));
  for (const [i, value] of logAlpha.entries()) {
    const [token, head, dimension] = [Math.floor(i / 8), Math.floor(i / 4) % 2, i % 4];
    expect(read[head][token][dimension]).toBeCloseTo(Math.exp(value), 6);
  }
});

test("a text's gates do not hang on the room behind it, nor on what is written later", async () => {
  const model = freshModel();
  const tokens = text(9);
  const [tight, wide] = [gateReader(model, 9), gateReader(model, 20)];
  const whole = gatesOfHead(await tight(tokens), 1, 1);
  for (const values of [gatesOfHead(await wide(tokens), 1, 1), gatesOfHead(await wide(tokens.subarray(0, 5)), 1, 1)]) {
    for (const [place, row] of values.entries())
      for (const [dimension, alpha] of row.entries()) expect(alpha).toBeCloseTo(whole[place][dimension], 5);
  }
  expect(gatesOfHead(await wide(new Int32Array()), 0, 0)).toEqual([]);
  await expect(tight(text(10))).rejects.toThrow(/10 tokens in a room of 9/);
});

test("one reader follows the model while it is trained", async () => {
  const model = freshModel();
  const reader = gateReader(model, 6);
  const before = await reader(text(6));
  const optimizer = new AdamW(parameters(model), { lr: 0.1 });
  const step = jit((tokens: Tensor) => optimizer.minimize(mean(square(model.forward(tokens).add(-1)))));
  for (let i = 0; i < 3; i++) await step(fromArray(text(6), [1, 6]));
  const after = await reader(text(6));
  expect(after.alpha).toEqual((await gateReader(model, 6)(text(6))).alpha);
  expect(Math.max(...after.alpha.map((alpha, i) => Math.abs(alpha - before.alpha[i])))).toBeGreaterThan(1e-3);
});

test("a model without gates is refused", () => {
  expect(() => gateReader(freshModel("softmax"), 4)).toThrow(/has no gates/);
});

test("a figure's cells name the characters, a line's end by a sign", () => {
  expect(
    gateCells(
      [
        [0.5, 0.123456],
        [1, 0],
      ],
      ["a", "\n"],
    ),
  ).toEqual([
    { place: 0, character: "a", dimension: 0, alpha: 0.5 },
    { place: 0, character: "a", dimension: 1, alpha: 0.1235 },
    { place: 1, character: "⏎", dimension: 0, alpha: 1 },
    { place: 1, character: "⏎", dimension: 1, alpha: 0 },
  ]);
});

test("a text is spelled in a vocabulary, and says once what that does not have", () => {
  expect(spell("abba€ cab€", ["a", "b", "c"])).toEqual({
    tokens: Int32Array.of(0, 1, 1, 0, 2, 0, 1),
    unknown: ["€", " "],
  });
});
