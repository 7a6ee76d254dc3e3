import { DomainError, ShapeError, tensor } from "@paperworks/tensor";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { accuracy, confusionMatrix, f1, precisionRecallF1, topKAccuracy } from "./classification.ts";
import { kendall, pearson, spearman } from "./correlation.ts";
import { averagePrecision, ndcg, rocAuc } from "./ranking.ts";
import { meanAbsoluteError, perplexity, r2 } from "./regression.ts";

const options = { seed: 3, numRuns: 200 };
/** Few distinct values, so that ties are common. */
const few = fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { minLength: 2, maxLength: 30 });

describe("classification", () => {
  test("accuracy leaves out label −1, alike on the host and in a program", async () => {
    const labels = [0, 2, -1, 1];
    const logits = tensor([
      [3, 1, 0],
      [0, 1, 0.5],
      [9, 0, 0],
      [0, 1, 0],
    ]);
    expect(accuracy([0, 1, 0, 1], labels)).toBeCloseTo(2 / 3);
    expect(await accuracy(logits, tensor(labels, { dtype: "int32" })).item()).toBeCloseTo(2 / 3);
    expect(await topKAccuracy(logits, tensor(labels, { dtype: "int32" }), { k: 2 }).item()).toBe(1);
    expect(topKAccuracy((await logits.data()) as Float32Array, labels, { k: 2, classes: 3 })).toBe(1);
    expect(topKAccuracy((await logits.data()) as Float32Array, labels, { k: 1, classes: 3 })).toBeCloseTo(2 / 3);
  });

  test("a tie at the edge of the top k goes to the smaller class", () => {
    expect(topKAccuracy([1, 1, 1], [1], { k: 1, classes: 3 })).toBe(0);
    expect(topKAccuracy([1, 1, 1], [1], { k: 2, classes: 3 })).toBe(1);
  });

  test("the confusion matrix counts labels in rows and predictions in columns", () => {
    expect(confusionMatrix([0, 1, 1, 1], [0, 0, 1, -1], { classes: 2 })).toEqual([
      [1, 1],
      [0, 1],
    ]);
    expect(() => confusionMatrix([2], [0], { classes: 2 })).toThrow("2 at 0 is none of the 2 classes");
  });

  test("precision, recall and F1 are their definitions, a class never predicted has none", () => {
    const [predictions, labels] = [
      [1, 1, 1, 0, 0],
      [1, 0, 1, 1, 0],
    ];
    expect(precisionRecallF1(predictions, labels)).toEqual({ precision: 2 / 3, recall: 2 / 3, f1: 2 / 3 });
    expect(f1(predictions, labels, { average: "macro" })).toBeCloseTo((2 / 3 + 0.5) / 2);
    expect(f1(predictions, labels, { average: "micro" })).toBeCloseTo(accuracy(predictions, labels));
    expect(precisionRecallF1([0, 0], [1, 0])).toEqual({ precision: 0, recall: 0, f1: 0 });
  });
});

describe("ranking", () => {
  test("the ROC area is the share of pairs in the right order, ties counting half", () => {
    fc.assert(
      fc.property(few, (pairs) => {
        const [scores, labels] = [pairs.map(([s]) => s), pairs.map(([, l]) => l % 2)];
        fc.pre(labels.includes(0) && labels.includes(1));
        let [right, all] = [0, 0];
        for (let i = 0; i < scores.length; i++)
          for (let j = 0; j < scores.length; j++)
            if (labels[i] === 1 && labels[j] === 0) {
              all++;
              right += scores[i] > scores[j] ? 1 : scores[i] === scores[j] ? 0.5 : 0;
            }
        expect(rocAuc(scores, labels)).toBeCloseTo(right / all, 10);
      }),
      options,
    );
  });

  test("average precision of scores without ties is the mean precision at the positives", () => {
    expect(averagePrecision([0.9, 0.8, 0.7, 0.6], [1, 0, 1, 0])).toBeCloseTo((1 + 2 / 3) / 2);
    expect(averagePrecision([1, 1, 1, 1], [1, 0, 0, 0])).toBe(0.25);
  });

  test("the order in which tied entries stand changes no ranking metric", () => {
    fc.assert(
      fc.property(few, (pairs) => {
        fc.pre(pairs.some(([, l]) => l % 2 === 1) && pairs.some(([, l]) => l % 2 === 0));
        const measure = (list: [number, number][]) => {
          const [scores, labels] = [list.map(([s]) => s), list.map(([, l]) => l)];
          const binary = labels.map((l) => l % 2);
          return [rocAuc(scores, binary), averagePrecision(scores, binary), ndcg(scores, labels, { k: 5 })];
        };
        measure([...pairs].reverse()).forEach((value, i) => {
          expect(value).toBeCloseTo(measure(pairs)[i], 10);
        });
      }),
      options,
    );
  });

  test("nDCG is 1 for the ideal order, that of hand-computed gains otherwise, and 0 without anything relevant", () => {
    expect(ndcg([3, 2, 1], [2, 1, 0])).toBe(1);
    const ideal = 2 + 1 / Math.log2(3);
    expect(ndcg([1, 2, 3], [2, 1, 0])).toBeCloseTo((1 / Math.log2(3) + 2 / 2) / ideal);
    expect(ndcg([1, 2, 3], [2, 1, 0], { k: 1 })).toBe(0);
    expect(ndcg([2, 1], [1, 3], { gain: "exponential" })).toBeCloseTo((1 + 7 / Math.log2(3)) / (7 + 1 / Math.log2(3)));
    expect(ndcg([1, 2], [0, 0])).toBe(0);
  });

  test("one class alone, labels beside 0 and 1 and negative relevance are refused; a NaN score gives NaN", () => {
    expect(() => rocAuc([1, 2], [1, 1])).toThrow("both classes, got 2 positives of 2");
    expect(() => averagePrecision([1, 2], [0, 0])).toThrow("a positive, got 0");
    expect(() => rocAuc([1, 2], [0, 2])).toThrow("the label 2 at 1");
    expect(() => ndcg([1], [-1])).toThrow(DomainError);
    expect(() => rocAuc([1], [1, 0])).toThrow(ShapeError);
    expect(rocAuc([1, Number.NaN], [0, 1])).toBeNaN();
  });
});

describe("correlation", () => {
  test("Kendall's τ_b is that of all pairs, ties included", () => {
    fc.assert(
      fc.property(few, (pairs) => {
        let [s, untiedA, untiedB] = [0, 0, 0];
        for (let i = 0; i < pairs.length; i++)
          for (let j = 0; j < i; j++) {
            const [da, db] = [Math.sign(pairs[i][0] - pairs[j][0]), Math.sign(pairs[i][1] - pairs[j][1])];
            s += da * db;
            untiedA += da * da;
            untiedB += db * db;
          }
        const tau = kendall(
          pairs.map(([a]) => a),
          pairs.map(([, b]) => b),
        );
        if (untiedA === 0 || untiedB === 0) expect(tau).toBeNaN();
        else expect(tau).toBeCloseTo(s / Math.sqrt(untiedA * untiedB), 10);
      }),
      options,
    );
  });

  test("Spearman's ρ is 1 for any increasing map, and uses mean ranks for ties", () => {
    expect(spearman([1, 2, 3, 4], [1, 10, 100, 1e9])).toBeCloseTo(1, 12);
    expect(spearman([1, 2, 2, 3], [1, 2, 3, 4])).toBeCloseTo(pearson([1, 2.5, 2.5, 4], [1, 2, 3, 4]), 12);
    expect(spearman([1, 1, 1], [1, 2, 3])).toBeNaN();
  });
});

test("r², absolute error and perplexity are their formulas", async () => {
  expect(r2([1, 2, 3], [1, 2, 3])).toBe(1);
  expect(r2([2, 2, 2], [1, 2, 3])).toBe(0);
  expect(() => r2([1, 2], [5, 5])).toThrow("targets that differ, got 2 times 5");
  expect(meanAbsoluteError([1, -1], [0, 1])).toBe(1.5);
  expect(perplexity(Math.log(27))).toBeCloseTo(27);
  expect(await perplexity(tensor([0])).item()).toBe(1);
});
