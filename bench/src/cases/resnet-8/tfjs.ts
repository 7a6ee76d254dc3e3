import type { Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs";
import { startTfjs, tfjsStep } from "../../peers/tfjs.ts";
import { tfjsConvolutions } from "../../peers/tfjs-convolutions.ts";
import type { Prepared } from "../../prepared.ts";
import { labels, pixels } from "../../random-batch.ts";
import sizes from "./sizes.json" with { type: "json" };

/** Channels last, as TensorFlow.js has it. */
export async function prepare(): Promise<Prepared> {
  const tf = await startTfjs();
  const { makeConv, makeBatchNorm } = tfjsConvolutions(tf);
  const { batch, size, channels, widths, classes, lr } = sizes;
  const makeBlock = (inputs: number, outputs: number, stride: number) => {
    const [conv1, norm1] = [makeConv(inputs, outputs, 3, stride), makeBatchNorm(outputs)];
    const [conv2, norm2] = [makeConv(outputs, outputs, 3, 1), makeBatchNorm(outputs)];
    const shortcut = inputs === outputs ? undefined : makeConv(inputs, outputs, 1, stride);
    return (x: Tensor4D): Tensor4D =>
      tf.relu(tf.add(norm2(conv2(tf.relu(norm1(conv1(x))))), shortcut?.(x) ?? x)) as Tensor4D;
  };
  const [stem, norm] = [makeConv(channels, widths[0], 3, 1), makeBatchNorm(widths[0])];
  const blocks = widths.map((width, i) => makeBlock(widths[Math.max(i - 1, 0)], width, i === 0 ? 1 : 2));
  const features = widths[widths.length - 1];
  const weight = tf.variable(tf.randomNormal([features, classes], 0, 1 / Math.sqrt(features))) as Tensor2D;
  const bias = tf.variable(tf.zeros([classes]));
  const x = tf.tensor4d(pixels(batch * size * size * channels), [batch, size, size, channels]);
  const y = tf.oneHot(tf.tensor1d(labels(batch, classes), "int32"), classes);
  return tfjsStep(tf, lr, () => {
    const h = blocks.reduce((a, block) => block(a), tf.relu(norm(stem(x))) as Tensor4D);
    const logits: Tensor = tf.add(tf.matMul(tf.mean(h, [1, 2]) as Tensor2D, weight), bias);
    return tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(logits), y), -1)));
  });
}
