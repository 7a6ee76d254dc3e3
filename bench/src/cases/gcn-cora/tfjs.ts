import { denseFeatures } from "@paperworks/data";
import type { Tensor2D } from "@tensorflow/tfjs";
import { startTfjs, tfjsStep } from "../../peers/tfjs.ts";
import type { Prepared } from "../../prepared.ts";
import { citationTask } from "./graph.ts";
import sizes from "./sizes.json" with { type: "json" };

/** Without a sparse product that has a derivative, adjacency and words are dense matrices. */
export async function prepare(): Promise<Prepared> {
  const tf = await startTfjs();
  const { graph, adjacency, targets } = await citationTask();
  const { nodes, features, classes } = graph;
  const dense = (rows: number, columns: number) => ({
    weight: tf.variable(tf.randomNormal([rows, columns], 0, Math.sqrt(2 / (rows + columns)))) as Tensor2D,
    bias: tf.variable(tf.zeros([columns])),
  });
  const [first, second] = [dense(features, sizes.hidden), dense(sizes.hidden, classes)];
  const propagation = tf.tensor2d(adjacency.toDense(), [nodes, nodes]);
  const words = tf.tensor2d(denseFeatures(graph).data, [nodes, features]);
  // Rows of nodes that are not trained on are zeros.
  const y = tf.oneHot(tf.tensor1d(targets, "int32"), classes);
  const layer = (x: Tensor2D, { weight, bias }: ReturnType<typeof dense>): Tensor2D =>
    tf.add(tf.matMul(propagation, tf.matMul(x, weight)), bias);
  return tfjsStep(tf, sizes.lr, () => {
    const logits = layer(tf.relu(layer(words, first)), second);
    return tf.neg(tf.div(tf.sum(tf.mul(tf.logSoftmax(logits), y)), graph.train.length));
  });
}
