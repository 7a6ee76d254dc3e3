import { configure, fromArray, Generator, grad, tensor } from "@paperworks/tensor";
import { expect, test } from "vitest";
import { crossEntropy } from "./cross-entropy.ts";
import { distillationLoss } from "./distillation.ts";
import { gradientError } from "./numerical-gradient.ts";

configure({ threads: 1 });

const generator = new Generator(5);
const normals = (n: number): Float64Array => Float64Array.from(generator.hostNormal(n));
const [z, x] = [normals(12), normals(24)];
const student = { logits: fromArray(z, [3, 4]), tokens: fromArray(x, [3, 2, 4]) };
const teacher = { logits: fromArray(normals(12), [3, 4]), tokens: fromArray(normals(24), [3, 2, 4]) };
const labels = tensor([1, 3, 0], { dtype: "int32" });

test("is the cross-entropy, half the divergence from the teacher and half the tokens' squared error", async () => {
  const [zs, zt] = [z, (await teacher.logits.data()) as Float64Array];
  const logSoftmax = (row: Float64Array): number[] => {
    const total = Math.log(row.reduce((a, b) => a + Math.exp(b), 0));
    return Array.from(row, (value) => value - total);
  };
  let [entropy, divergence] = [0, 0];
  for (const [i, label] of [1, 3, 0].entries()) {
    const [p, q] = [zt, zs].map((logits) => logSoftmax(logits.slice(4 * i, 4 * i + 4)));
    entropy -= q[label] / 3;
    p.forEach((logP, c) => {
      divergence += (Math.exp(logP) * (logP - q[c])) / 3;
    });
  }
  const target = (await teacher.tokens.data()) as Float64Array;
  const squares = x.reduce((total, value, i) => total + (value - target[i]) ** 2 / 24, 0);
  const loss = await distillationLoss(student, teacher, { labels }).item();
  expect(loss).toBeCloseTo(entropy + 0.5 * divergence + 0.5 * squares, 10);
});

test("a student that is the teacher is left with its labels alone", async () => {
  const loss = await distillationLoss(teacher, teacher, { labels, temperature: 3 }).item();
  expect(loss).toBeCloseTo((await crossEntropy(teacher.logits, labels).item()) as number, 10);
  expect(await distillationLoss(teacher, teacher).item()).toBeCloseTo(0, 12);
});

test("gradients agree with central differences, at every temperature", async () => {
  for (const temperature of [1, 4]) {
    const ofLogits = await gradientError(
      (logits) => distillationLoss({ ...student, logits }, teacher, { labels, temperature }),
      z,
      [3, 4],
    );
    const ofTokens = await gradientError((tokens) => distillationLoss({ ...student, tokens }, teacher), x, [3, 2, 4]);
    expect(Math.max(ofLogits, ofTokens)).toBeLessThan(1e-6);
  }
});

test("no gradient goes to the teacher", async () => {
  const loss = distillationLoss(student, teacher, { labels, temperature: 2 });
  for (const gradient of grad(loss, [teacher.logits, teacher.tokens]))
    expect((await gradient.data()).every((value: number | bigint) => Number(value) === 0)).toBe(true);
});

test("T² keeps the pull of soft targets: at a high temperature it is half the squared error of centred logits a class", async () => {
  const mean = (row: ArrayLike<number>): number => Array.from(row).reduce((a, b) => a + b, 0) / row.length;
  const zt = (await teacher.logits.data()) as Float64Array;
  let expected = 0;
  for (const i of [0, 1, 2]) {
    const gap = Array.from({ length: 4 }, (_, c) => zt[4 * i + c] - z[4 * i + c]);
    for (const value of gap) expected += (value - mean(gap)) ** 2 / 8 / 3;
  }
  const loss = distillationLoss(
    { logits: student.logits },
    { logits: teacher.logits },
    { temperature: 1e4, logitWeight: 1 },
  );
  expect(await loss.item()).toBeCloseTo(expected, 3);
});

test("what does not fit is refused", () => {
  expect(() => distillationLoss(student, teacher, { temperature: 0 })).toThrow(/above 0, got 0/);
  expect(() => distillationLoss(student, { logits: fromArray(normals(9), [3, 3]) })).toThrow(/\[3, 3\] and \[3, 4\]/);
});
