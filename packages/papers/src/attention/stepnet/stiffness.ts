import { pearson } from "@paperworks/nn";
import { add, DomainError, div, formatShape, norm, ShapeError, stack, sub, type Tensor } from "@paperworks/tensor";

/** Keeps the index finite where a state is near 0, in the true profile and in the network's alike. */
export const stiffnessEpsilon = 0.1;

const length = (x: ArrayLike<number>): number => Math.hypot(...Array.from(x));

/** ξ = ‖u̇‖ / (‖u‖ + ε), how fast a solution changes for its size. @param slope u̇, [n] @param u [n] */
export function stiffnessIndex(
  slope: ArrayLike<number>,
  u: ArrayLike<number>,
  { epsilon = stiffnessEpsilon }: { epsilon?: number } = {},
): number {
  return length(slope) / (length(u) + epsilon);
}

/** The profile of a trajectory at equal times: ξ_t = ‖u_{t+1} − u_t‖ / (‖u_t‖ + ε). */
export const trajectoryProfile = (states: readonly ArrayLike<number>[]): number[] =>
  states.slice(1).map((next, t) =>
    stiffnessIndex(
      Array.from(next, (value, i) => value - states[t][i]),
      states[t],
    ),
  );

/**
 * The stiffness of a network, block by block: ξ_t = ‖x_{t+1} − x_t‖ / (‖x_t‖ + ε), per example over the flattened features.
 *
 * @param features what goes into the first block and comes out of each, all of one shape [batch, ...]; measure in evaluation mode
 * @returns        [batch, blocks]
 * @throws ShapeError where a block changes the shape: a difference means nothing there; DomainError for less than two features
 */
export function neuralStiffness(
  features: readonly Tensor[],
  { epsilon = stiffnessEpsilon }: { epsilon?: number } = {},
): Tensor {
  if (features.length < 2)
    throw new DomainError(`neuralStiffness: it takes the features around at least one block, got ${features.length}`);
  const [{ shape }] = features;
  const other = features.find((x) => x.rank !== shape.length || x.shape.some((n, axis) => n !== shape[axis]));
  if (other)
    throw new ShapeError(
      `neuralStiffness: features are compared where their shape stays, got ${formatShape(shape)} and ${formatShape(other.shape)}`,
    );
  return stack(
    features.slice(1).map((next, t) => div(lengths(sub(next, features[t])), add(lengths(features[t]), epsilon))),
    1,
  );
}

/** ‖x‖ of each example. @returns [batch] */
const lengths = (x: Tensor): Tensor => norm(x.reshape([x.shape[0], x.size / x.shape[0]]), -1);

function requireProfile(name: string, profile: ArrayLike<number>): void {
  if (profile.length < 3) throw new DomainError(`${name}: a profile has at least 3 values, got ${profile.length}`);
}

/** The largest value over the median: well above 1 where short stretches of violent change lie between calm ones. */
export function peakRatio(profile: ArrayLike<number>): number {
  requireProfile("peakRatio", profile);
  const sorted = Float64Array.from(profile).sort();
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return sorted[sorted.length - 1] / median;
}

/** Σ_t ξ_t */
export function totalIndex(profile: ArrayLike<number>): number {
  requireProfile("totalIndex", profile);
  return Array.from(profile).reduce((a, b) => a + b, 0);
}

/**
 * How well a network represents stiffness: the correlation of its profile with the true one, 1 at best, whatever their scales.
 *
 * @throws DomainError for profiles shorter than 3 or of different lengths
 */
export function profileFidelity(profile: ArrayLike<number>, truth: ArrayLike<number>): number {
  requireProfile("profileFidelity", profile);
  if (profile.length !== truth.length)
    throw new DomainError(`profileFidelity: profiles of ${profile.length} and ${truth.length} steps`);
  return pearson(profile, truth);
}

const peakAt = (profile: ArrayLike<number>): number =>
  Array.from(profile).reduce((best, value, i, all) => (value > all[best] ? i : best), 0);

/** Share of examples whose stiffest step is found to within one. */
export function peakRecall(profiles: readonly ArrayLike<number>[], truths: readonly ArrayLike<number>[]): number {
  const found = profiles.filter((profile, i) => Math.abs(peakAt(profile) - peakAt(truths[i])) <= 1);
  return found.length / profiles.length;
}
