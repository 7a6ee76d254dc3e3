import {
  argMax,
  cast,
  DomainError,
  div,
  equal,
  greaterEqual,
  logicalAnd,
  maximum,
  requireWhole,
  ShapeError,
  sum,
  Tensor,
  topK,
  unsqueeze,
} from "@paperworks/tensor";
import { requireEqualLengths } from "./checks.ts";

/** Means over the entries with a label (≥ 0). */
function shareOfLabelled(correct: Tensor, labels: Tensor): Tensor {
  const labelled = greaterEqual(labels, 0);
  const hits = sum(cast(logicalAnd(correct, labelled), "float32"));
  return div(hits, maximum(sum(cast(labelled, "float32")), 1));
}

/**
 * The share of entries whose prediction is the label. Entries with a negative label are left out.
 *
 * @param logits [..., classes], for labels [...]
 */
export function accuracy(logits: Tensor, labels: Tensor): Tensor;
/** The same on the host, of classes [n]. */
export function accuracy(predictions: ArrayLike<number>, labels: ArrayLike<number>): number;
export function accuracy(a: Tensor | ArrayLike<number>, b: Tensor | ArrayLike<number>): Tensor | number {
  if (a instanceof Tensor && b instanceof Tensor) return shareOfLabelled(equal(cast(argMax(a), b.dtype), b), b);
  const [predictions, labels] = [a as ArrayLike<number>, b as ArrayLike<number>];
  requireEqualLengths("accuracy", predictions, labels);
  let [hits, count] = [0, 0];
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] < 0) continue;
    count++;
    if (predictions[i] === labels[i]) hits++;
  }
  return count === 0 ? Number.NaN : hits / count;
}

/**
 * The share of entries whose label is among the k largest scores. On the host a class counts as ahead of the label only
 * with a larger score, or an equal one and a smaller index.
 *
 * @param scores tensors: [..., classes] for labels [...]. On the host: rows of `classes` values, row-major
 */
export function topKAccuracy(scores: Tensor, labels: Tensor, options: { k: number }): Tensor;
export function topKAccuracy(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  options: { k: number; classes: number },
): number;
export function topKAccuracy(
  scores: Tensor | ArrayLike<number>,
  labels: Tensor | ArrayLike<number>,
  { k, classes = 0 }: { k: number; classes?: number },
): Tensor | number {
  requireWhole("topKAccuracy: k", k, 1);
  if (scores instanceof Tensor && labels instanceof Tensor) {
    const { indices } = topK(scores, k);
    const hits = sum(cast(equal(cast(indices, labels.dtype), unsqueeze(labels, -1)), "int32"), -1);
    return shareOfLabelled(greaterEqual(hits, 1), labels);
  }
  const [rows, wanted] = [scores as ArrayLike<number>, labels as ArrayLike<number>];
  requireWhole("topKAccuracy: classes", classes, 1);
  if (rows.length !== wanted.length * classes)
    throw new ShapeError(`topKAccuracy: ${rows.length} scores are not ${wanted.length} rows of ${classes}`);
  let [hits, count] = [0, 0];
  for (let i = 0; i < wanted.length; i++) {
    const label = wanted[i];
    if (label < 0) continue;
    count++;
    const own = rows[i * classes + label];
    let ahead = 0;
    for (let c = 0; c < classes; c++) {
      const other = rows[i * classes + c];
      if (other > own || (other === own && c < label)) ahead++;
    }
    if (ahead < k && !Number.isNaN(own)) hits++;
  }
  return count === 0 ? Number.NaN : hits / count;
}

/**
 * counts[label][prediction]. Entries with a negative label are left out.
 *
 * @throws DomainError for a class outside 0 … classes − 1
 */
export function confusionMatrix(
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
  { classes }: { classes: number },
): number[][] {
  requireWhole("confusionMatrix: classes", classes, 1);
  requireEqualLengths("confusionMatrix", predictions, labels);
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] < 0) continue;
    for (const value of [labels[i], predictions[i]]) {
      if (!Number.isInteger(value) || value < 0 || value >= classes)
        throw new DomainError(`confusionMatrix: ${value} at ${i} is none of the ${classes} classes`);
    }
    counts[labels[i]][predictions[i]]++;
  }
  return counts;
}

export interface PrecisionRecallOptions {
  /**
   * "binary": of the class `positive`. "macro": the mean over all classes that occur as label or prediction.
   * "micro": of all decisions together (then all three are the accuracy).
   */
  average?: "binary" | "macro" | "micro";
  positive?: number;
}

interface Scores {
  precision: number;
  recall: number;
  f1: number;
}

/** 0/0 is 0: a class that is never predicted has no precision to speak of. */
const ratio = (a: number, b: number): number => (b === 0 ? 0 : a / b);

/** Precision TP/(TP + FP), recall TP/(TP + FN) and their harmonic mean F₁. Negative labels are left out. */
export function precisionRecallF1(
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
  { average = "binary", positive = 1 }: PrecisionRecallOptions = {},
): Scores {
  requireEqualLengths("precision and recall", predictions, labels);
  const table = new Map<number, { hits: number; predicted: number; actual: number }>();
  const row = (value: number) => {
    const known = table.get(value) ?? { hits: 0, predicted: 0, actual: 0 };
    table.set(value, known);
    return known;
  };
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] < 0) continue;
    row(labels[i]).actual++;
    row(predictions[i]).predicted++;
    if (labels[i] === predictions[i]) row(labels[i]).hits++;
  }
  const scores = ({ hits, predicted, actual }: { hits: number; predicted: number; actual: number }): Scores => ({
    precision: ratio(hits, predicted),
    recall: ratio(hits, actual),
    f1: ratio(2 * hits, predicted + actual),
  });
  if (average === "binary") return scores(row(positive));
  const rows = [...table.values()];
  if (average === "micro") {
    const total = { hits: 0, predicted: 0, actual: 0 };
    for (const { hits, predicted, actual } of rows) {
      total.hits += hits;
      total.predicted += predicted;
      total.actual += actual;
    }
    return scores(total);
  }
  const each = rows.map(scores);
  const meanOf = (pick: (s: Scores) => number): number =>
    ratio(
      each.reduce((n, s) => n + pick(s), 0),
      each.length,
    );
  return { precision: meanOf((s) => s.precision), recall: meanOf((s) => s.recall), f1: meanOf((s) => s.f1) };
}

export const precision = (...args: Parameters<typeof precisionRecallF1>): number =>
  precisionRecallF1(...args).precision;
export const recall = (...args: Parameters<typeof precisionRecallF1>): number => precisionRecallF1(...args).recall;
export const f1 = (...args: Parameters<typeof precisionRecallF1>): number => precisionRecallF1(...args).f1;
