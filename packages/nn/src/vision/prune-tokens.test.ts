import { configure, fromArray, Generator, grad, mul, sum, tensor } from "@paperworks/tensor";
import { expect, test } from "vitest";
import { keptTokens, pruneTokens, takeTokens } from "./prune-tokens.ts";

configure({ threads: 1 });

const tokens = fromArray(
  Float32Array.from({ length: 2 * 5 * 3 }, (_, i) => i),
  [2, 5, 3],
);
const scores = tensor([
  [0.1, 0.9, 0.4, 0.9],
  [5, 1, 2, 3],
]);

test("the class token and the tokens of the highest scores stay, in their order, with their places", async () => {
  const pruned = pruneTokens(tokens, scores, { keep: 2 });
  expect([...(await pruned.kept.data())]).toEqual([0, 2, 4, 0, 1, 4]);
  const values = [...(await pruned.tokens.data())];
  expect(pruned.tokens.shape).toEqual([2, 3, 3]);
  expect(values).toEqual([0, 1, 2, 6, 7, 8, 12, 13, 14, 15, 16, 17, 18, 19, 20, 27, 28, 29]);
});

test("of equal scores the earlier token stays", async () => {
  expect([...(await pruneTokens(tokens, scores, { keep: 1 }).kept.data())]).toEqual([0, 2, 0, 1]);
});

test("keeping all changes nothing", async () => {
  const random = fromArray(new Generator(1).hostNormal(30), [2, 5, 3]);
  const pruned = pruneTokens(random, scores, { keep: keptTokens(4, 1) });
  expect(await pruned.tokens.data()).toEqual(await random.data());
});

test("without a class token every token is ranked", async () => {
  const places = pruneTokens(tokens, tensor([5, 4, 3, 2, 1].map((x) => [x, -x])).transpose(), { keep: 2, always: 0 });
  expect([...(await places.kept.data())]).toEqual([0, 1, 3, 4]);
});

test("the gradient goes to the tokens that stay alone", async () => {
  const loss = sum(mul(pruneTokens(tokens, scores, { keep: 2 }).tokens, 2));
  const perToken = await sum(grad(loss, [tokens])[0], -1).data();
  expect([...perToken]).toEqual([6, 0, 6, 0, 6, 6, 6, 0, 0, 6]);
});

test("a rate keeps ⌈ρˢ·count⌉ tokens, whole products as they are", () => {
  expect([1, 2, 3].map((rounds) => keptTokens(196, 0.7, rounds))).toEqual([138, 97, 68]);
  expect(keptTokens(10, 0.7)).toBe(7);
  expect(() => keptTokens(10, 0)).toThrow(/rate lies in \(0, 1\], got 0/);
});

test("what does not fit is refused", () => {
  expect(() => pruneTokens(tokens, scores, { keep: 5 })).toThrow(/cannot keep 5 of 4/);
  expect(() => pruneTokens(tokens, scores, { keep: 2, always: 0 })).toThrow(/got \[2, 5, 3\] and \[2, 4\]/);
  expect(() => takeTokens(tokens, tensor([[0]], { dtype: "int32" }))).toThrow(/got \[2, 5, 3\] and \[1, 1\]/);
});
