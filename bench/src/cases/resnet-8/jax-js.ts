import { nn, numpy as np, random } from "@jax-js/jax";
import { convolution, jaxStep, startJax, takeInTurn, trackedBatchNorm } from "../../peers/jax-js.ts";
import type { Prepared } from "../../prepared.ts";
import { labels, pixels } from "../../random-batch.ts";
import sizes from "./sizes.json" with { type: "json" };

/** Weights and running statistics are taken in the order they were made; an array is consumed by its use. */
export async function prepare(): Promise<Prepared> {
  await startJax();
  const { batch, size, channels, widths, classes, lr } = sizes;
  const kernel = (inputs: number, outputs: number, k: number): np.Array =>
    random
      .normal(random.key(inputs * 7919 + outputs * 31 + k), [outputs, inputs, k, k])
      .mul(Math.sqrt(2 / (inputs * k * k)));
  const norm = (width: number): np.Array[] => [np.ones([width]), np.zeros([width])];
  const before = (i: number): number => widths[Math.max(i - 1, 0)];
  const block = (width: number, i: number): np.Array[] => [
    kernel(before(i), width, 3),
    ...norm(width),
    kernel(width, width, 3),
    ...norm(width),
    ...(before(i) === width ? [] : [kernel(before(i), width, 1)]),
  ];
  const features = widths[widths.length - 1];
  const weights = [
    kernel(channels, widths[0], 3),
    ...norm(widths[0]),
    ...widths.flatMap(block),
    random.normal(random.key(1), [features, classes]).mul(1 / Math.sqrt(features)),
    np.zeros([classes]),
  ];
  const state = [widths[0], ...widths.flatMap((width) => [width, width])].flatMap((width) => [
    np.zeros([width]),
    np.ones([width]),
  ]);
  const x = np.array(pixels(batch * channels * size * size), { shape: [batch, channels, size, size] });
  const y = nn.oneHot(np.array(labels(batch, classes), { dtype: np.int32 }), classes);
  return jaxStep(
    weights,
    [x, y],
    lr,
    (all, [images, targets], running) => {
      const next = takeInTurn(all);
      const { normalise, tracked } = trackedBatchNorm(running);
      let h = nn.relu(normalise(convolution(images, next(), { stride: 1, padding: 1 }), next(), next()));
      widths.forEach((width, i) => {
        const stride = i === 0 ? 1 : 2;
        const first = convolution(h.ref, next(), { stride, padding: 1 });
        const inner = nn.relu(normalise(first, next(), next()));
        const outer = normalise(convolution(inner, next(), { stride: 1, padding: 1 }), next(), next());
        const shortcut = before(i) === width ? h : convolution(h, next(), { stride, padding: 0 });
        h = nn.relu(outer.add(shortcut));
      });
      const logits = np.matmul(np.mean(h, [2, 3]), next()).add(next());
      return { loss: np.sum(nn.logSoftmax(logits).mul(targets)).mul(-1 / batch), state: tracked };
    },
    { start: state },
  );
}
