import type { Tensor2D } from "@tensorflow/tfjs";
import { startTfjs, tfjsStep } from "../../peers/tfjs.ts";
import type { Prepared } from "../../prepared.ts";
import { labels, pixels } from "../../random-batch.ts";
import sizes from "./sizes.json" with { type: "json" };

export async function prepare(): Promise<Prepared> {
  const tf = await startTfjs();
  const { batch, inputs, hidden, classes, lr } = sizes;
  const dense = (rows: number, columns: number) => ({
    weight: tf.variable(tf.randomNormal([rows, columns], 0, 1 / Math.sqrt(rows))) as Tensor2D,
    bias: tf.variable(tf.zeros([columns])),
  });
  const [first, second] = [dense(inputs, hidden), dense(hidden, classes)];
  const x = tf.tensor2d(pixels(batch * inputs), [batch, inputs]);
  const y = tf.oneHot(tf.tensor1d(labels(batch, classes), "int32"), classes);
  return tfjsStep(tf, lr, () => {
    const h = tf.relu(tf.add(tf.matMul(x, first.weight), first.bias)) as Tensor2D;
    const logits = tf.add(tf.matMul(h, second.weight), second.bias);
    return tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(logits), y), -1)));
  });
}
