import { add, DomainError, div, expm1, mul, sqrt, square, sub, type Tensor, tensor, unstack } from "@paperworks/tensor";
import { type FlatResult, type FlatStep, type GroupOptions, Optimizer, requireDecay } from "./optimizer.ts";

export interface AdamOptions extends GroupOptions {
  /** β₁, β₂ */
  betas?: readonly [number, number];
  epsilon?: number;
}

/** (1 − β)/(1 − βⁿ) for each β, without cancellation, n = t + 1. @returns [betas] */
const corrections = (betas: readonly number[], step: Tensor): Tensor => {
  const powers = expm1(mul(add(step, 1), tensor(betas.map(Math.log))));
  return div(tensor(betas.map((beta) => beta - 1)), powers);
};

abstract class AdaptiveMoments extends Optimizer<AdamOptions> {
  protected override initialState({ betas = [0.9, 0.999], epsilon = 1e-8 }: AdamOptions): Record<string, number> {
    requireDecay("betas[0]", betas[0]);
    requireDecay("betas[1]", betas[1]);
    if (!(epsilon > 0)) throw new DomainError(`epsilon must be above 0, got ${epsilon}`);
    return { first: 0, second: 0 };
  }

  /**
   * The step to subtract. The moments are kept as M = m/(1 − β₁) and V = v/(1 − β₂), which saves two passes over the
   * vectors: M ← β₁M + g, V ← β₂V + g². With a = (1 − β₁)/(1 − β₁ⁿ) and b = √((1 − β₂)/(1 − β₂ⁿ))
   *
   *   lr·m̂/(√v̂ + ε) = lr·a·M/(b√V + ε) = (lr·a/b)·M/(√V + ε/b)
   */
  protected moments(gradient: Tensor, { learningRate, step, options, state }: FlatStep<AdamOptions>) {
    const { betas = [0.9, 0.999], epsilon = 1e-8 } = options;
    const first = add(mul(state.first, betas[0]), gradient);
    const second = add(mul(state.second, betas[1]), square(gradient));
    const [a, bSquared] = unstack(corrections(betas, step));
    const b = sqrt(bSquared);
    const delta = mul(div(first, add(sqrt(second), div(epsilon, b))), div(mul(learningRate, a), b));
    return { delta, state: { first, second } };
  }
}

/** g ← g + λp, m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², p ← p − lr·m̂/(√v̂ + ε) (Kingma and Ba, 2015). */
export class Adam extends AdaptiveMoments {
  protected override update(flat: FlatStep<AdamOptions>): FlatResult {
    const { parameters, gradient, options } = flat;
    const { weightDecay = 0 } = options;
    const g = weightDecay > 0 ? add(gradient, mul(parameters, weightDecay)) : gradient;
    const { delta, state } = this.moments(g, flat);
    return { parameters: sub(parameters, delta), state };
  }
}

/** Adam with decoupled decay: p ← (1 − lr·λ)p − lr·m̂/(√v̂ + ε), λ = 0.01 (Loshchilov and Hutter, 2019). */
export class AdamW extends AdaptiveMoments {
  protected override update(flat: FlatStep<AdamOptions>): FlatResult {
    const { parameters, gradient, learningRate, options } = flat;
    const { weightDecay = 0.01 } = options;
    const { delta, state } = this.moments(gradient, flat);
    const kept = weightDecay > 0 ? mul(parameters, sub(1, mul(learningRate, weightDecay))) : parameters;
    return { parameters: sub(kept, delta), state };
  }
}
