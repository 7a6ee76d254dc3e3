import { blockUntilReady, defaultDevice, init, jit, lax, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import type { Prepared } from "../prepared.ts";

type Values = np.Array[];

/** What a step takes and gives. */
type Trained = { value: np.Array; weights: Values; m: Values; v: Values; state: Values };

/** jax-js on its WebAssembly backend. It takes threads only where Web Workers exist: Node has none of them. */
export async function startJax(): Promise<void> {
  if (!(await init("wasm")).includes("wasm")) throw new Error("jax-js found no wasm backend");
  defaultDevice("wasm");
}

/**
 * Adam, compiled together with the gradient. Arrays are consumed by their use, as jax-js has it.
 *
 * @param initial the weights
 * @param loss    of weights, fixed data and state; owns (consumes) all; gives the next state if there is any
 * @param start   state that is not trained: running statistics
 */
export function jaxStep(
  initial: Values,
  data: Values,
  lr: number,
  loss: (weights: Values, data: Values, state: Values) => np.Array | { loss: np.Array; state: Values },
  { start = [], stepsACall = 1 }: { start?: Values; stepsACall?: number } = {},
): Prepared {
  const [b1, b2, epsilon] = [0.9, 0.999, 1e-8];
  const once = ({ weights, m, v, state: before }: Trained, corrections: Values, inputs: Values): Trained => {
    const lossAndState = (w: Values): [np.Array, Values] => {
      const result = loss(w, inputs, before);
      return "loss" in result ? [result.loss, result.state] : [result, []];
    };
    const [[value, after], gradients] = valueAndGrad(lossAndState, { hasAux: true })(tree.ref(weights)) as [
      [np.Array, Values],
      Values,
    ];
    const [c1, c2] = corrections;
    const next: Trained = { value, state: after, weights: [], m: [], v: [] };
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
  };
  const update = jit((before: Trained, scales: np.Array, inputs: Values) => {
    let now = before;
    for (let k = 0; k < stepsACall; k++) {
      const corrections = [scales.ref.slice(2 * k), scales.ref.slice(2 * k + 1)];
      if (k > 0) now.value.dispose();
      now = once(now, corrections, k === stepsACall - 1 ? inputs : tree.ref(inputs));
    }
    scales.dispose();
    return now;
  });
  let now: Trained = {
    value: np.zeros([]),
    weights: initial,
    m: initial.map((w) => np.zeros(w.shape)),
    v: initial.map((w) => np.zeros(w.shape)),
    state: start,
  };
  let t = 0;
  return {
    parameters: initial.reduce((n, w) => n + w.size, 0),
    stepsACall,
    async step() {
      const scales = Array.from({ length: stepsACall }, () => {
        t++;
        return [1 / (1 - b1 ** t), 1 / (1 - b2 ** t)];
      }).flat();
      now = update(now, np.array(scales), tree.ref(data));
      await blockUntilReady(now);
      return (await now.value.ref.data())[0];
    },
  };
}

/** Hands out arrays in their order, each once. */
export function takeInTurn(all: Values): () => np.Array {
  let used = 0;
  return () => all[used++];
}

/** @param x [N, C, H, W] @param weight [out, C/groups, k, k] */
export const convolution = (
  x: np.Array,
  weight: np.Array,
  { stride, padding, groups = 1 }: { stride: number; padding: number; groups?: number },
): np.Array => {
  const both: [number, number] = [padding, padding];
  return lax.convGeneralDilated(x, weight, [stride, stride], [both, both], { featureGroupCount: groups });
};

/**
 * Batch norm over [N, C, H, W] with running statistics, the variance unbiased, as in PyTorch.
 *
 * @param running means and variances in turn, one pair a layer in the order of use
 * @returns       the layer, and what the running statistics become
 */
export function trackedBatchNorm(running: Values, momentum = 0.1) {
  const next = takeInTurn(running);
  const tracked: Values = [];
  const track = (batch: np.Array): void => {
    tracked.push(
      next()
        .mul(1 - momentum)
        .add(lax.stopGradient(batch.ravel()).mul(momentum)),
    );
  };
  const normalise = (x: np.Array, weight: np.Array, bias: np.Array): np.Array => {
    const [channels, count] = [x.shape[1], x.size / x.shape[1]];
    const batchMean = np.mean(x.ref, [0, 2, 3], { keepdims: true });
    const centred = x.sub(batchMean.ref);
    const variance = np.mean(np.square(centred.ref), [0, 2, 3], { keepdims: true });
    track(batchMean);
    track(variance.ref.mul(count / (count - 1)));
    const scaled = centred.div(np.sqrt(variance.add(1e-5))).mul(weight.reshape([1, channels, 1, 1]));
    return scaled.add(bias.reshape([1, channels, 1, 1]));
  };
  return { normalise, tracked };
}
