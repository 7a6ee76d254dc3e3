import { lax, nn, numpy as np, random } from "@jax-js/jax";
import { jaxStep, startJax } from "../../peers/jax-js.ts";
import type { Prepared } from "../../prepared.ts";
import { labels, spikes } from "../../random-batch.ts";
import sizes from "./sizes.json" with { type: "json" };

/**
 * jax-js has no derivative of one's own: [u > 0] with the derivative 1/(1 + k|u|)² is written as
 * f(u) + stop([u > 0] − f(u)) with f(u) = u/(1 + k|u|). It has no `scan` either: the steps are unrolled.
 */
export async function prepare(): Promise<Prepared> {
  await startJax();
  const { batch, steps, inputs, hidden, classes, decay, threshold, slope, rate, lr } = sizes;
  const spike = (u: np.Array): np.Array => {
    const soft = u.ref.div(np.abs(u.ref).mul(slope).add(1));
    const hard = np.greater(u, 0).astype(np.float32);
    return soft.ref.add(lax.stopGradient(hard.sub(soft)));
  };
  const fire = ([v, s]: np.Array[], current: np.Array): np.Array[] => {
    const potential = v.mul(decay).add(current).sub(s.mul(threshold));
    return [potential.ref, spike(potential.sub(threshold))];
  };
  const dense = (seed: number, rows: number, columns: number): np.Array[] => [
    random.normal(random.key(seed), [rows, columns]).mul(1 / Math.sqrt(rows)),
    np.zeros([columns]),
  ];
  const x = np.array(spikes(steps * batch * inputs, rate), { shape: [steps * batch, inputs] });
  const y = nn.oneHot(np.array(labels(batch, classes), { dtype: np.int32 }), classes);
  return jaxStep(
    [...dense(1, inputs, hidden), ...dense(2, hidden, classes)],
    [x, y],
    lr,
    ([w1, b1, w2, b2], [x, y]) => {
      const currents = np.matmul(x, w1).add(b1).reshape([steps, batch, hidden]);
      let inner = [np.zeros([batch, hidden]), np.zeros([batch, hidden])];
      let outer = [np.zeros([batch, classes]), np.zeros([batch, classes])];
      let counts = np.zeros([batch, classes]);
      for (const current of np.unstack(currents)) {
        inner = fire(inner, current);
        outer = fire(outer, np.matmul(inner[1].ref, w2.ref).add(b2.ref));
        counts = counts.add(outer[1].ref);
      }
      for (const left of [...inner, ...outer, w2, b2]) left.dispose();
      return np.sum(nn.logSoftmax(counts).mul(y)).mul(-1 / batch);
    },
  );
}
