import { blockUntilReady, defaultDevice, init, jit, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import type { Prepared } from "../prepared.ts";

type Values = np.Array[];

/** jax-js on its WebAssembly backend. It takes threads only where Web Workers exist: Node has none of them. */
export async function startJax(): Promise<void> {
  if (!(await init("wasm")).includes("wasm")) throw new Error("jax-js found no wasm backend");
  defaultDevice("wasm");
}

/**
 * Adam, compiled together with the gradient. Arrays are consumed by their use, as jax-js has it.
 *
 * @param initial the weights
 * @param loss    of weights and fixed data; owns (consumes) both
 */
export function jaxStep(
  initial: Values,
  data: Values,
  lr: number,
  loss: (weights: Values, data: Values) => np.Array,
): Prepared {
  const [b1, b2, epsilon] = [0.9, 0.999, 1e-8];
  const update = jit((weights: Values, m: Values, v: Values, scales: np.Array, inputs: Values) => {
    const [value, gradients] = valueAndGrad((w: Values) => loss(w, inputs))(tree.ref(weights)) as [np.Array, Values];
    const [c1, c2] = [scales.ref.slice(0), scales.slice(1)];
    const next = { value, weights: [] as Values, m: [] as Values, v: [] as Values };
    gradients.forEach((g, i) => {
      const mi = m[i].mul(b1).add(g.ref.mul(1 - b1));
      const vi = v[i].mul(b2).add(g.ref.mul(g).mul(1 - b2));
      next.m.push(mi.ref);
      next.v.push(vi.ref);
      const denominator = np.sqrt(vi.mul(c2.ref)).add(epsilon);
      next.weights.push(weights[i].sub(mi.mul(c1.ref).mul(lr).div(denominator)));
    });
    c1.dispose();
    c2.dispose();
    return next;
  });
  let weights = initial;
  let m = initial.map((w) => np.zeros(w.shape));
  let v = initial.map((w) => np.zeros(w.shape));
  let t = 0;
  return {
    parameters: initial.reduce((n, w) => n + w.size, 0),
    async step() {
      t++;
      const scales = np.array([1 / (1 - b1 ** t), 1 / (1 - b2 ** t)]);
      const next = update(weights, m, v, scales, tree.ref(data));
      await blockUntilReady(next);
      ({ weights, m, v } = next);
      return (await next.value.data())[0];
    },
  };
}
