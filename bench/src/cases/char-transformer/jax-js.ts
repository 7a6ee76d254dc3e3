import { nn, numpy as np, random } from "@jax-js/jax";
import { jaxStep, startJax } from "../../peers/jax-js.ts";
import type { Prepared } from "../../prepared.ts";
import { labels } from "../../random-batch.ts";
import sizes from "./sizes.json" with { type: "json" };

/**
 * The derivative of `take` does not compile under `jit` ("routine primitive scatter input is not imm"), so that tokens are
 * embedded by a product with their one-hot rows. Arrays are consumed by their use; `.ref` keeps one for another use. Weights
 * are taken in the order they were made.
 */
export async function prepare(): Promise<Prepared> {
  await startJax();
  const { batch, length, dim, heads, layers, vocabulary, lr } = sizes;
  const rows = batch * length;
  const matrix = (n: number, m: number, std: number): np.Array =>
    random.normal(random.key(n * 7919 + m), [n, m]).mul(std);
  const linear = (n: number, m: number): np.Array[] => [matrix(n, m, 1 / Math.sqrt(n)), np.zeros([m])];
  const norm = (): np.Array[] => [np.ones([dim]), np.zeros([dim])];
  const block = (): np.Array[] => [
    ...norm(),
    ...[0, 1, 2, 3].flatMap(() => linear(dim, dim)),
    ...norm(),
    ...linear(dim, 4 * dim),
    ...linear(4 * dim, dim),
  ];
  const weights = [
    matrix(vocabulary, dim, 0.02),
    matrix(length, dim, 0.02),
    ...Array.from({ length: layers }, block).flat(),
    ...norm(),
    ...linear(dim, vocabulary),
  ];
  const oneHot = () => nn.oneHot(np.array(labels(rows, vocabulary), { dtype: np.int32 }), vocabulary);
  const data = [oneHot(), oneHot()];

  return jaxStep(weights, data, lr, (all, [tokens, targets]) => {
    let used = 0;
    const next = (): np.Array => all[used++];
    const affine = (x: np.Array): np.Array => np.matmul(x, next()).add(next());
    const layerNorm = (x: np.Array): np.Array => nn.standardize(x).mul(next()).add(next());
    const split = (x: np.Array): np.Array => x.reshape([batch, length, heads, dim / heads]);
    const embedded = np.matmul(tokens, next()).reshape([batch, length, dim]);
    let x = embedded.add(next()).reshape([rows, dim]);
    for (let layer = 0; layer < layers; layer++) {
      const h = layerNorm(x.ref);
      const [q, k, v] = [split(affine(h.ref)), split(affine(h.ref)), split(affine(h))];
      const mixed = nn.dotProductAttention(q, k, v, { isCausal: true }).reshape([rows, dim]);
      const y = x.add(affine(mixed));
      x = y.ref.add(affine(nn.gelu(affine(layerNorm(y)), { approximate: false })));
    }
    const logits = affine(layerNorm(x));
    return np.sum(nn.logSoftmax(logits).mul(targets)).mul(-1 / rows);
  });
}
