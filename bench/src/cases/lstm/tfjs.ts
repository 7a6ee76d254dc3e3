import type { Tensor2D } from "@tensorflow/tfjs";
import { startTfjs, tfjsStep } from "../../peers/tfjs.ts";
import type { Prepared } from "../../prepared.ts";
import { labels, pixels } from "../../random-batch.ts";
import sizes from "./sizes.json" with { type: "json" };

/** The gates in the order i, f, g, o, with two biases as PyTorch has them; inputs of all steps in one product. */
export async function prepare(): Promise<Prepared> {
  const tf = await startTfjs();
  const { batch, length, width, layers, classes, lr } = sizes;
  const bound = 1 / Math.sqrt(width);
  const uniform = (shape: number[]) => tf.variable(tf.randomUniform(shape, -bound, bound));
  const makeLayer = () => {
    const [input, state] = [uniform([width, 4 * width]) as Tensor2D, uniform([width, 4 * width]) as Tensor2D];
    const [inputBias, stateBias] = [uniform([4 * width]), uniform([4 * width])];
    return (x: Tensor2D): Tensor2D[] => {
      const projected = tf.split(tf.add(tf.matMul(x, input), tf.add(inputBias, stateBias)) as Tensor2D, length);
      let [hidden, cell] = [tf.zeros([batch, width]) as Tensor2D, tf.zeros([batch, width]) as Tensor2D];
      return projected.map((step) => {
        const [i, f, g, o] = tf.split(tf.add(step, tf.matMul(hidden, state)) as Tensor2D, 4, 1);
        cell = tf.add(tf.mul(tf.sigmoid(f), cell), tf.mul(tf.sigmoid(i), tf.tanh(g)));
        hidden = tf.mul(tf.sigmoid(o), tf.tanh(cell));
        return hidden;
      });
    };
  };
  const stack = Array.from({ length: layers }, makeLayer);
  const [weight, bias] = [uniform([width, classes]) as Tensor2D, tf.variable(tf.zeros([classes]))];
  // Steps first: [length·batch, width].
  const x = tf.tensor2d(pixels(length * batch * width), [length * batch, width]);
  const y = tf.oneHot(tf.tensor1d(labels(batch, classes), "int32"), classes);
  return tfjsStep(tf, lr, () => {
    const outputs = stack.slice(1).reduce((h, layer) => layer(tf.concat(h)), stack[0](x));
    const logits = tf.add(tf.matMul(outputs[length - 1], weight), bias);
    return tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(logits), y), -1)));
  });
}
