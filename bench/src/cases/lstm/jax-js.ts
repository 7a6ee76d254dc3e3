import { nn, numpy as np, random } from "@jax-js/jax";
import { jaxStep, startJax, takeInTurn } from "../../peers/jax-js.ts";
import type { Prepared } from "../../prepared.ts";
import { labels, pixels } from "../../random-batch.ts";
import sizes from "./sizes.json" with { type: "json" };

/** jax-js has no `scan`: the steps are unrolled. The gates in the order i, f, g, o, with two biases as PyTorch has them. */
export async function prepare(): Promise<Prepared> {
  await startJax();
  const { batch, length, width, layers, classes, lr } = sizes;
  const bound = 1 / Math.sqrt(width);
  let seed = 0;
  const uniform = (shape: number[]): np.Array =>
    random.uniform(random.key(seed++), shape, { minval: -bound, maxval: bound });
  const layer = (): np.Array[] => [
    uniform([width, 4 * width]),
    uniform([width, 4 * width]),
    uniform([4 * width]),
    uniform([4 * width]),
  ];
  const weights = [...Array.from({ length: layers }, layer).flat(), uniform([width, classes]), np.zeros([classes])];
  // Steps first: [length·batch, width].
  const x = np.array(pixels(length * batch * width), { shape: [length * batch, width] });
  const y = nn.oneHot(np.array(labels(batch, classes), { dtype: np.int32 }), classes);
  return jaxStep(weights, [x, y], lr, (all, [inputs, targets]) => {
    const next = takeInTurn(all);
    let sequence = inputs;
    for (let layer = 0; layer < layers; layer++) {
      const [input, state, inputBias, stateBias] = [next(), next(), next(), next()];
      const projected = np
        .matmul(sequence, input)
        .add(inputBias.add(stateBias))
        .reshape([length, batch, 4 * width]);
      let [hidden, cell] = [np.zeros([batch, width]), np.zeros([batch, width])];
      const outputs = np.unstack(projected).map((step) => {
        const gates = step.add(np.matmul(hidden, state.ref));
        const [i, f, g, o] = np.split(gates, 4, 1);
        cell = nn
          .sigmoid(f)
          .mul(cell)
          .add(nn.sigmoid(i).mul(np.tanh(g)));
        hidden = nn.sigmoid(o).mul(np.tanh(cell.ref));
        return hidden.ref;
      });
      state.dispose();
      cell.dispose();
      if (layer < layers - 1) {
        hidden.dispose();
        sequence = np.concatenate(outputs);
      } else {
        for (const output of outputs) output.dispose();
        sequence = hidden;
      }
    }
    const logits = np.matmul(sequence, next()).add(next());
    return np.sum(nn.logSoftmax(logits).mul(targets)).mul(-1 / batch);
  });
}
