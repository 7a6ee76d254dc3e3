import { add, DomainError, div, mul, sqrt, square, sub } from "@paperworks/tensor";
import {
  type FlatResult,
  type FlatStep,
  type GroupOptions,
  Optimizer,
  requireDecay,
  requireNotNegative,
} from "./optimizer.ts";

export interface RmsPropOptions extends GroupOptions {
  /** ρ */
  decay?: number;
  momentum?: number;
  epsilon?: number;
}

/** v ← ρv + (1 − ρ)g², u ← μu + g/(√v + ε), p ← p − lr·u (Tieleman and Hinton, 2012). */
export class RMSprop extends Optimizer<RmsPropOptions> {
  protected override initialState({ decay = 0.99, momentum = 0, epsilon = 1e-8 }: RmsPropOptions) {
    requireDecay("decay", decay);
    requireDecay("momentum", momentum);
    requireEpsilon(epsilon);
    const state: Record<string, number> = { meanSquare: 0 };
    if (momentum > 0) state.velocity = 0;
    return state;
  }

  protected override update({
    parameters,
    gradient,
    learningRate,
    options,
    state,
  }: FlatStep<RmsPropOptions>): FlatResult {
    const { decay = 0.99, momentum = 0, epsilon = 1e-8, weightDecay = 0 } = options;
    const g = weightDecay > 0 ? add(gradient, mul(parameters, weightDecay)) : gradient;
    const meanSquare = add(mul(state.meanSquare, decay), mul(square(g), 1 - decay));
    const scaled = div(g, add(sqrt(meanSquare), epsilon));
    if (momentum === 0) return { parameters: sub(parameters, mul(scaled, learningRate)), state: { meanSquare } };
    const velocity = add(mul(state.velocity, momentum), scaled);
    return { parameters: sub(parameters, mul(velocity, learningRate)), state: { meanSquare, velocity } };
  }
}

export interface AdagradOptions extends GroupOptions {
  /** What the sums of squares start from. */
  initialSum?: number;
  epsilon?: number;
}

/** s ← s + g², p ← p − lr·g/(√s + ε) (Duchi et al., 2011). */
export class Adagrad extends Optimizer<AdagradOptions> {
  protected override initialState({ initialSum = 0, epsilon = 1e-10 }: AdagradOptions) {
    requireNotNegative("initialSum", initialSum);
    requireEpsilon(epsilon);
    return { squares: initialSum };
  }

  protected override update({
    parameters,
    gradient,
    learningRate,
    options,
    state,
  }: FlatStep<AdagradOptions>): FlatResult {
    const { epsilon = 1e-10, weightDecay = 0 } = options;
    const g = weightDecay > 0 ? add(gradient, mul(parameters, weightDecay)) : gradient;
    const squares = add(state.squares, square(g));
    const scaled = div(g, add(sqrt(squares), epsilon));
    return { parameters: sub(parameters, mul(scaled, learningRate)), state: { squares } };
  }
}

function requireEpsilon(epsilon: number): void {
  if (!(epsilon > 0)) throw new DomainError(`epsilon must be above 0, got ${epsilon}`);
}
