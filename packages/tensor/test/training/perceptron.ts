import { add, fromArray, Generator, logSoftmax, matmul, mean, neg, relu, takeAlongAxis } from "../../src/index.ts";
import { drawing, type Problem } from "./train.ts";

/** A perceptron 784-256-10 on pictures like digits: ten prototypes with noise. */
export function perceptron({ batch = 64, inputs = 784, hidden = 256, classes = 10 } = {}): Problem {
  const generator = new Generator(11);
  const draw = drawing(generator);
  const [w1, b1] = [draw([inputs, hidden], 1 / Math.sqrt(inputs)), draw([hidden], 0)];
  const [w2, b2] = [draw([hidden, classes], 1 / Math.sqrt(hidden)), draw([classes], 0)];
  const prototypes = generator.hostUniform(classes * inputs);
  const noise = generator.hostUniform(batch * inputs);
  const labels = Int32Array.from({ length: batch }, (_, i) => i % classes);
  const pixels = noise.map((n, i) => {
    const [row, pixel] = [Math.floor(i / inputs), i % inputs];
    return 0.7 * prototypes[labels[row] * inputs + pixel] + 0.3 * n;
  });
  return {
    parameters: [w1, b1, w2, b2],
    data: [fromArray(pixels, [batch, inputs]), fromArray(labels, [batch, 1])],
    loss(images, targets) {
      const logits = add(matmul(relu(add(matmul(images, w1), b1)), w2), b2);
      return neg(mean(takeAlongAxis(logSoftmax(logits), targets, -1)));
    },
  };
}
