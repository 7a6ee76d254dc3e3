import type { Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs";
import { startTfjs, tfjsStep } from "../../peers/tfjs.ts";
import { tfjsConvolutions } from "../../peers/tfjs-convolutions.ts";
import type { Prepared } from "../../prepared.ts";
import { labels, pixels } from "../../random-batch.ts";
import sizes from "./sizes.json" with { type: "json" };

/** Channels last, as TensorFlow.js has it. */
export async function prepare(): Promise<Prepared> {
  const tf = await startTfjs();
  const { makeConv, makeDepthwise, makeBatchNorm } = tfjsConvolutions(tf);
  const { batch, size, channels, stem, blocks, classes, lr } = sizes;
  const layers = [makeConv(channels, stem, 3, 1), makeBatchNorm(stem), tf.relu<Tensor4D>];
  let features = stem;
  for (const { width, stride } of blocks) {
    layers.push(makeDepthwise(features, stride), makeBatchNorm(features), tf.relu<Tensor4D>);
    layers.push(makeConv(features, width, 1, 1), makeBatchNorm(width), tf.relu<Tensor4D>);
    features = width;
  }
  const weight = tf.variable(tf.randomNormal([features, classes], 0, 1 / Math.sqrt(features))) as Tensor2D;
  const bias = tf.variable(tf.zeros([classes]));
  const x = tf.tensor4d(pixels(batch * size * size * channels), [batch, size, size, channels]);
  const y = tf.oneHot(tf.tensor1d(labels(batch, classes), "int32"), classes);
  return tfjsStep(tf, lr, () => {
    const h = layers.reduce((a, layer) => layer(a), x);
    const logits: Tensor = tf.add(tf.matMul(tf.mean(h, [1, 2]) as Tensor2D, weight), bias);
    return tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(logits), y), -1)));
  });
}
