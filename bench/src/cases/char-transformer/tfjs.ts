import type { Tensor, Tensor2D, Variable } from "@tensorflow/tfjs";
import { startTfjs, tfjsStep } from "../../peers/tfjs.ts";
import type { Prepared } from "../../prepared.ts";
import { labels } from "../../random-batch.ts";
import sizes from "./sizes.json" with { type: "json" };

/**
 * Written with the kernels the WebAssembly backend has: it lacks UnsortedSegmentSum, the derivative of `gather`, so that
 * tokens are embedded by a product with their one-hot rows.
 */
export async function prepare(): Promise<Prepared> {
  const tf = await startTfjs();
  const { batch, length, dim, heads, layers, vocabulary, lr } = sizes;
  const rows = batch * length;
  const vector = (n: number, value: number): Variable => tf.variable(tf.fill([n], value));
  const matrix = (n: number, m: number, std: number) => tf.variable(tf.randomNormal([n, m], 0, std)) as Tensor2D;
  const makeLinear = (n: number, m: number) => {
    const [weight, bias] = [matrix(n, m, 1 / Math.sqrt(n)), vector(m, 0)];
    return (x: Tensor): Tensor => tf.add(tf.matMul(x as Tensor2D, weight), bias);
  };
  const makeNorm = () => {
    const [weight, bias] = [vector(dim, 1), vector(dim, 0)];
    return (x: Tensor): Tensor => {
      const centred = tf.sub(x, tf.mean(x, -1, true));
      const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), 1e-5));
      return tf.add(tf.mul(tf.mul(centred, scale), weight), bias);
    };
  };
  const gelu = (x: Tensor): Tensor => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
  const seen = tf.linalg.bandPart(tf.ones([length, length]), -1, 0);
  const causal = tf.mul(tf.sub(1, seen), -1e30);
  const split = (x: Tensor): Tensor => tf.transpose(tf.reshape(x, [batch, length, heads, dim / heads]), [0, 2, 1, 3]);

  const makeBlock = () => {
    const [norm1, norm2] = [makeNorm(), makeNorm()];
    const [query, key, value, output] = [0, 1, 2, 3].map(() => makeLinear(dim, dim));
    const [expand, contract] = [makeLinear(dim, 4 * dim), makeLinear(4 * dim, dim)];
    return (x: Tensor): Tensor => {
      const h = norm1(x);
      const q = split(tf.mul(query(h), Math.sqrt(heads / dim)));
      const weights = tf.softmax(tf.add(tf.matMul(q, split(key(h)), false, true), causal));
      const mixed = tf.transpose(tf.matMul(weights, split(value(h))), [0, 2, 1, 3]);
      const y = tf.add(x, output(tf.reshape(mixed, [rows, dim])));
      return tf.add(y, contract(gelu(expand(norm2(y)))));
    };
  };

  const [tokens, positions] = [matrix(vocabulary, dim, 0.02), matrix(length, dim, 0.02)];
  const blocks = Array.from({ length: layers }, makeBlock);
  const [norm, head] = [makeNorm(), makeLinear(dim, vocabulary)];
  const oneHot = () => tf.oneHot(tf.tensor1d(labels(rows, vocabulary), "int32"), vocabulary).toFloat() as Tensor2D;
  const [ids, targets] = [oneHot(), oneHot()];
  return tfjsStep(tf, lr, () => {
    const embedded = tf.add(tf.reshape(tf.matMul(ids, tokens), [batch, length, dim]), positions);
    const logits = head(norm(blocks.reduce((h, block) => block(h), tf.reshape(embedded, [rows, dim]))));
    return tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(logits), targets), -1)));
  });
}
