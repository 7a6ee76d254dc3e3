import { nn, numpy as np, random } from "@jax-js/jax";
import { jaxStep, startJax } from "../../peers/jax-js.ts";
import type { Prepared } from "../../prepared.ts";
import { labels, pixels } from "../../random-batch.ts";
import sizes from "./sizes.json" with { type: "json" };

/** @param stepsACall training steps in one call of the compiled function */
export async function prepare(stepsACall = 1): Promise<Prepared> {
  await startJax();
  const { batch, inputs, hidden, classes, lr } = sizes;
  const dense = (seed: number, rows: number, columns: number): np.Array[] => [
    random.normal(random.key(seed), [rows, columns]).mul(1 / Math.sqrt(rows)),
    np.zeros([columns]),
  ];
  const x = np.array(pixels(batch * inputs), { shape: [batch, inputs] });
  const y = nn.oneHot(np.array(labels(batch, classes), { dtype: np.int32 }), classes);
  return jaxStep(
    [...dense(1, inputs, hidden), ...dense(2, hidden, classes)],
    [x, y],
    lr,
    ([w1, b1, w2, b2], [x, y]) => {
      const h = nn.relu(np.matmul(x, w1).add(b1));
      const logits = np.matmul(h, w2).add(b2);
      return np.sum(nn.logSoftmax(logits).mul(y)).mul(-1 / batch);
    },
    { stepsACall },
  );
}
