import { add, DomainError, mul, sub } from "@paperworks/tensor";
import { type FlatResult, type FlatStep, type GroupOptions, Optimizer, requireDecay } from "./optimizer.ts";

export interface SgdOptions extends GroupOptions {
  /** μ */
  momentum?: number;
  nesterov?: boolean;
}

/**
 * Stochastic gradient descent: g ← g + λp, v ← μv + g, p ← p − lr·v; with Nesterov's momentum p ← p − lr·(g + μv)
 * (Sutskever et al., 2013).
 */
export class SGD extends Optimizer<SgdOptions> {
  protected override initialState({ momentum = 0, nesterov = false }: SgdOptions): Record<string, number> {
    requireDecay("momentum", momentum);
    if (nesterov && momentum === 0) throw new DomainError("nesterov needs a momentum above 0, got 0");
    return momentum > 0 ? { velocity: 0 } : {};
  }

  protected override update({ parameters, gradient, learningRate, options, state }: FlatStep<SgdOptions>): FlatResult {
    const { momentum = 0, nesterov = false, weightDecay = 0 } = options;
    const g = weightDecay > 0 ? add(gradient, mul(parameters, weightDecay)) : gradient;
    if (momentum === 0) return { parameters: sub(parameters, mul(g, learningRate)) };
    const velocity = add(mul(state.velocity, momentum), g);
    const direction = nesterov ? add(g, mul(velocity, momentum)) : velocity;
    return { parameters: sub(parameters, mul(direction, learningRate)), state: { velocity } };
  }
}
