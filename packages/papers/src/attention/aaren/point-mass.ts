import { Random } from "@paperworks/data";
import { ShapeError } from "@paperworks/tensor";

/** Numbers of a state: position, velocity, goal, two each. */
export const stateSize = 6;
export const actionSize = 2;
export const episodeSteps = 40;

/** Positions and goals of the first moment, [episodes, 4]: x, y, goal x, goal y, each uniform on [−1, 1]. */
export function pointMassStarts(count: number, random: Random): Float64Array {
  return Float64Array.from({ length: 4 * count }, () => random.uniform(-1, 1));
}

/**
 * Point masses in the plane, many episodes side by side, that are pushed towards a goal:
 *
 *   v ← 0.9 v + 0.1 a        p ← p + 0.1 v        reward −|p − goal| − 0.05 |a|²        a in [−1, 1]²
 *
 * An episode starts at rest and lasts 40 steps.
 */
export class PointMassEnv {
  readonly episodes: number;
  /** [episodes, 6]: position, velocity, goal */
  readonly states: Float64Array;

  /** @param starts [episodes, 4], from `pointMassStarts` */
  constructor(starts: Float64Array) {
    if (starts.length === 0 || starts.length % 4 !== 0)
      throw new ShapeError(`PointMassEnv: starts are [episodes, 4], got ${starts.length} numbers`);
    this.episodes = starts.length / 4;
    this.states = new Float64Array(this.episodes * stateSize);
    for (let e = 0; e < this.episodes; e++)
      this.states.set([starts[4 * e], starts[4 * e + 1], 0, 0, starts[4 * e + 2], starts[4 * e + 3]], stateSize * e);
  }

  /** @param actions [episodes, 2], cut to [−1, 1] @returns rewards [episodes] */
  step(actions: ArrayLike<number>): Float64Array {
    if (actions.length !== this.episodes * actionSize)
      throw new ShapeError(`PointMassEnv: actions are [${this.episodes}, 2], got ${actions.length} numbers`);
    const rewards = new Float64Array(this.episodes);
    for (let e = 0; e < this.episodes; e++) {
      const s = this.states.subarray(stateSize * e, stateSize * (e + 1));
      let effort = 0;
      for (let axis = 0; axis < 2; axis++) {
        const a = clip(actions[2 * e + axis]);
        s[2 + axis] = 0.9 * s[2 + axis] + 0.1 * a;
        s[axis] += 0.1 * s[2 + axis];
        effort += a * a;
      }
      rewards[e] = -Math.hypot(s[0] - s[4], s[1] - s[5]) - 0.05 * effort;
    }
    return rewards;
  }
}

const clip = (x: number): number => Math.min(1, Math.max(-1, x));

/** The expert, proportional and derivative: a = clip(4 (goal − p) − 3 v). @param states [episodes, 6] @returns [episodes, 2] */
export function expertActions(states: Float64Array): Float64Array {
  return Float64Array.from({ length: states.length / 3 }, (_, i) => {
    const at = stateSize * Math.floor(i / 2) + (i % 2);
    return clip(4 * (states[at + 4] - states[at]) - 3 * states[at + 2]);
  });
}

/** Returns of one episode a start under a policy. @param act states [episodes, 6] → actions [episodes, 2] */
export function rollOut(starts: Float64Array, act: (states: Float64Array) => Float64Array): Float64Array {
  const env = new PointMassEnv(starts);
  const returns = new Float64Array(env.episodes);
  for (let step = 0; step < episodeSteps; step++)
    env.step(act(env.states)).forEach((reward, e) => {
      returns[e] += reward;
    });
  return returns;
}

export interface PointMassEpisodes {
  readonly count: number;
  /** [episodes, 40, 6] */
  readonly states: Float32Array;
  /** [episodes, 40, 2] */
  readonly actions: Float32Array;
  /** Rewards of a step and all later ones, [episodes, 40] */
  readonly returnsToGo: Float32Array;
  /** ε of each episode. */
  readonly noise: Float64Array;
}

/** Share of random action, drawn for each episode. */
export const noiseLevels = [0, 0.3, 0.6, 1];

/** Recorded episodes of a disturbed expert: action (1 − ε)·expert + ε·U[−1, 1]², ε an episode's own. */
export function recordEpisodes(count: number, seed: number): PointMassEpisodes {
  const random = new Random(seed);
  const env = new PointMassEnv(pointMassStarts(count, random));
  const noise = Float64Array.from({ length: count }, () => random.choice(noiseLevels));
  const states = new Float32Array(count * episodeSteps * stateSize);
  const actions = new Float32Array(count * episodeSteps * actionSize);
  const returnsToGo = new Float32Array(count * episodeSteps);
  for (let step = 0; step < episodeSteps; step++) {
    const done = expertActions(env.states).map((a, i) => {
      const epsilon = noise[Math.floor(i / 2)];
      return (1 - epsilon) * a + epsilon * random.uniform(-1, 1);
    });
    for (let e = 0; e < count; e++) {
      const at = e * episodeSteps + step;
      states.set(env.states.subarray(stateSize * e, stateSize * (e + 1)), stateSize * at);
      actions.set(done.subarray(2 * e, 2 * e + 2), 2 * at);
    }
    env.step(done).forEach((reward, e) => {
      returnsToGo[e * episodeSteps + step] = reward;
    });
  }
  for (let e = 0; e < count; e++)
    for (let step = episodeSteps - 2; step >= 0; step--)
      returnsToGo[e * episodeSteps + step] += returnsToGo[e * episodeSteps + step + 1];
  return { count, states, actions, returnsToGo, noise };
}
