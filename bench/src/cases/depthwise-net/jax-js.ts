import { nn, numpy as np, random } from "@jax-js/jax";
import { convolution, jaxStep, startJax, takeInTurn, trackedBatchNorm } from "../../peers/jax-js.ts";
import type { Prepared } from "../../prepared.ts";
import { labels, pixels } from "../../random-batch.ts";
import sizes from "./sizes.json" with { type: "json" };

/** Weights and running statistics are taken in the order they were made; an array is consumed by its use. */
export async function prepare(): Promise<Prepared> {
  await startJax();
  const { batch, size, channels, stem, blocks, classes, lr } = sizes;
  const kernel = (perGroup: number, outputs: number, k: number): np.Array =>
    random
      .normal(random.key(perGroup * 7919 + outputs * 31 + k), [outputs, perGroup, k, k])
      .mul(Math.sqrt(2 / (perGroup * k * k)));
  const norm = (width: number): np.Array[] => [np.ones([width]), np.zeros([width])];
  const before = (i: number): number => (i === 0 ? stem : blocks[i - 1].width);
  const features = blocks[blocks.length - 1].width;
  const weights = [
    kernel(channels, stem, 3),
    ...norm(stem),
    ...blocks.flatMap(({ width }, i) => [
      kernel(1, before(i), 3),
      ...norm(before(i)),
      kernel(before(i), width, 1),
      ...norm(width),
    ]),
    random.normal(random.key(1), [features, classes]).mul(1 / Math.sqrt(features)),
    np.zeros([classes]),
  ];
  const normed = [stem, ...blocks.flatMap(({ width }, i) => [before(i), width])];
  const state = normed.flatMap((width) => [np.zeros([width]), np.ones([width])]);
  const x = np.array(pixels(batch * channels * size * size), { shape: [batch, channels, size, size] });
  const y = nn.oneHot(np.array(labels(batch, classes), { dtype: np.int32 }), classes);
  return jaxStep(
    weights,
    [x, y],
    lr,
    (all, [images, targets], running) => {
      const next = takeInTurn(all);
      const { normalise, tracked } = trackedBatchNorm(running);
      const layer = (x: np.Array, options: Parameters<typeof convolution>[2]): np.Array =>
        nn.relu(normalise(convolution(x, next(), options), next(), next()));
      let h = layer(images, { stride: 1, padding: 1 });
      blocks.forEach(({ stride }, i) => {
        h = layer(h, { stride, padding: 1, groups: before(i) });
        h = layer(h, { stride: 1, padding: 0 });
      });
      const logits = np.matmul(np.mean(h, [2, 3]), next()).add(next());
      return { loss: np.sum(nn.logSoftmax(logits).mul(targets)).mul(-1 / batch), state: tracked };
    },
    { start: state },
  );
}
