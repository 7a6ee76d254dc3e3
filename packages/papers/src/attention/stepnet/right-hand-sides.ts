import type { Derivative } from "@paperworks/nn";

/**
 * FitzHugh and Nagumo's excitable system, at the scale of its slow or its fast variable:
 *
 *   v̇ = v − v³/3 − w + I,   ẇ = ε (v + 0.7 − 0.8 w)          divided by ε where `fast`
 *
 * With I = 0.5 it fires again and again: long quiet stretches, and jumps between them.
 */
export const fitzHughNagumo = ({ current = 0.5, epsilon = 0.08, fast = false } = {}): Derivative => {
  const [quick, slow] = fast ? [1 / epsilon, 1] : [1, epsilon];
  return (_, [v, w]) => [quick * (v - v ** 3 / 3 - w + current), slow * (v + 0.7 - 0.8 * w)];
};

/** Van der Pol's oscillator: v̇ = w, ẇ = μ (1 − v²) w − v. Stiff where μ is large: stability, not accuracy, limits explicit steps. */
export const vanDerPol =
  ({ mu = 20 } = {}): Derivative =>
  (_, [v, w]) => [w, mu * (1 - v * v) * w - v];

/** A flame that grows as a ball: u̇ = u² − u³. From u = δ it smoulders for about 1/δ, then catches in no time. */
export const flame = (): Derivative => (_, u) => u.map((value) => value * value * (1 - value));
