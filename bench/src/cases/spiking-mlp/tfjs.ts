import type { Tensor, Tensor2D } from "@tensorflow/tfjs";
import { startTfjs, tfjsStep } from "../../peers/tfjs.ts";
import type { Prepared } from "../../prepared.ts";
import { labels, spikes } from "../../random-batch.ts";
import sizes from "./sizes.json" with { type: "json" };

export async function prepare(): Promise<Prepared> {
  const tf = await startTfjs();
  const { batch, steps, inputs, hidden, classes, decay, threshold, slope, rate, lr } = sizes;
  /** [u > 0], its derivative taken for 1/(1 + k|u|)². */
  const spike = tf.customGrad((...given) => {
    const [u, save] = given as unknown as [Tensor, (tensors: Tensor[]) => void];
    save([u]);
    return {
      value: tf.cast(tf.greater(u, 0), "float32"),
      gradFunc: (g: Tensor, [u]: Tensor[]) => tf.div(g, tf.square(tf.add(tf.mul(tf.abs(u), slope), 1))),
    };
  });
  const fire = ([v, s]: Tensor[], current: Tensor): Tensor[] => {
    const potential = tf.sub(tf.add(tf.mul(v, decay), current), tf.mul(s, threshold));
    return [potential, spike(tf.sub(potential, threshold))];
  };
  const dense = (rows: number, columns: number) => {
    const weight = tf.variable(tf.randomNormal([rows, columns], 0, 1 / Math.sqrt(rows))) as Tensor2D;
    const bias = tf.variable(tf.zeros([columns]));
    return (x: Tensor): Tensor => tf.add(tf.matMul(x as Tensor2D, weight), bias);
  };
  const [first, second] = [dense(inputs, hidden), dense(hidden, classes)];
  const x = tf.tensor2d(spikes(steps * batch * inputs, rate), [steps * batch, inputs]);
  const y = tf.oneHot(tf.tensor1d(labels(batch, classes), "int32"), classes);
  return tfjsStep(tf, lr, () => {
    let inner: Tensor[] = [tf.zeros([batch, hidden]), tf.zeros([batch, hidden])];
    let outer: Tensor[] = [tf.zeros([batch, classes]), tf.zeros([batch, classes])];
    let counts: Tensor = tf.zeros([batch, classes]);
    for (const current of tf.split(first(x), steps)) {
      inner = fire(inner, current);
      outer = fire(outer, second(inner[1]));
      counts = tf.add(counts, outer[1]);
    }
    return tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(counts), y), -1)));
  });
}
