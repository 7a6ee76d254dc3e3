import { type FlatResult, type FlatStep, type GroupOptions, Optimizer } from "@paperworks/nn";
import { add, mul, sign, sub, type Tensor } from "@paperworks/tensor";

/** The decays of the averages, each in [0, 1). */
type Decays = readonly number[];

const nameOf = (i: number): string => `average${i + 1}`;

/** p ← p − lr·[sign(g) + Σ_i sign(m_i)] with the averages before this step, then m_i ← β_i m_i + (1 − β_i) g; weight decay decoupled. */
abstract class SignAverages extends Optimizer<GroupOptions> {
  protected override initialState(): Record<string, number> {
    return Object.fromEntries(this.betas.map((_, i) => [nameOf(i), 0]));
  }

  protected abstract get betas(): Decays;

  protected override update({
    parameters,
    gradient,
    learningRate,
    options,
    state,
  }: FlatStep<GroupOptions>): FlatResult {
    const { weightDecay = 0 } = options;
    const direction = this.betas.reduce((sum: Tensor, _, i) => add(sum, sign(state[nameOf(i)])), sign(gradient));
    const kept = weightDecay > 0 ? mul(parameters, sub(1, mul(learningRate, weightDecay))) : parameters;
    const averages = this.betas.map((beta, i) => [
      nameOf(i),
      add(mul(state[nameOf(i)], beta), mul(gradient, 1 - beta)),
    ]);
    return { parameters: sub(kept, mul(direction, learningRate)), state: Object.fromEntries(averages) };
  }
}

/** Signs of the gradient and of two averages, β = 0.5 and 0.95; the paper's networks learn at 1.2·10⁻³. */
export class Kar3 extends SignAverages {
  protected override get betas(): Decays {
    return [0.5, 0.95];
  }
}

/** Signs of the gradient and of one average, β = 0.95. */
export class Kar2 extends SignAverages {
  protected override get betas(): Decays {
    return [0.95];
  }
}
