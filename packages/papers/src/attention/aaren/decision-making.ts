import { Random } from "@paperworks/data";
import { type ExperimentContext, mean, minus, over } from "@paperworks/experiment";
import { meanSquaredError } from "@paperworks/nn";
import { clamp, fromArray, gather, jit, type Tensor, type Tree } from "@paperworks/tensor";
import { type BySystem, compare, rounded, type System, scoresOf, systems } from "./comparison.ts";
import { DecisionSequenceModel } from "./decision-sequence.ts";
import {
  actionSize,
  episodeSteps,
  expertActions,
  noiseLevels,
  PointMassEnv,
  type PointMassEpisodes,
  pointMassStarts,
  recordEpisodes,
  rollOut,
  stateSize,
} from "./point-mass.ts";
import { type Trained, trainModel } from "./training.ts";

const [episodes, testEpisodes] = [600, 50];
/** Returns enter the model divided by this. */
const returnScale = 20;

/** The return that 9 of 10 undisturbed episodes stay below. */
export function targetReturn({ count, noise, returnsToGo }: PointMassEpisodes): number {
  const returns = Array.from({ length: count }, (_, e) => e)
    .filter((e) => noise[e] === 0)
    .map((e) => returnsToGo[e * episodeSteps])
    .sort((a, b) => a - b);
  const at = 0.9 * (returns.length - 1);
  const low = Math.floor(at);
  return returns[low] + (at - low) * (returns[Math.min(low + 1, returns.length - 1)] - returns[low]);
}

/** Mean return of the model on all starts at once, each asked for the same return, token by token. */
async function returnOf(model: DecisionSequenceModel, starts: Float64Array, target: number): Promise<number> {
  const env = new PointMassEnv(starts);
  const batch = env.episodes;
  const step = jit((returns: Tensor, states: Tensor, state: Tree) => {
    const decided = model.act(returns, states, state);
    const actions = clamp(decided.actions, -1, 1);
    return { actions, state: model.observe(actions, decided.state) };
  });
  const left = new Float64Array(batch).fill(target);
  let total = 0;
  let state = model.core.initialState(batch, 3 * episodeSteps);
  for (let t = 0; t < episodeSteps; t++) {
    const next = await step(
      fromArray(
        Float32Array.from(left, (value) => value / returnScale),
        [batch, 1],
      ),
      fromArray(Float32Array.from(env.states), [batch, stateSize]),
      state,
    );
    state = next.state;
    env.step((await next.actions.data()) as Float32Array).forEach((reward, e) => {
      left[e] -= reward;
      total += reward / batch;
    });
  }
  return total;
}

/** Decisions from recorded episodes: the models see how a disturbed expert acted, and are asked to act as its best episodes. */
export async function decisionMaking(context: ExperimentContext): Promise<BySystem<Trained[]>> {
  const { data, seed, measure, metric, table } = context;
  const recorded = recordEpisodes(episodes, 2 * seed);
  data.generated("point-mass", recorded, {
    from: `PointMassEnv, disturbed expert, seed ${2 * seed}`,
    records: episodes,
  });
  const returns = fromArray(
    recorded.returnsToGo.map((value) => value / returnScale),
    [episodes, episodeSteps, 1],
  );
  const states = fromArray(recorded.states, [episodes, episodeSteps, stateSize]);
  const actions = fromArray(recorded.actions, [episodes, episodeSteps, actionSize]);

  const random = new Random(2 * seed + 1);
  const starts = pointMassStarts(testEpisodes, random);
  const average = (act: (states: Float64Array) => Float64Array): number => mean([...rollOut(starts, act)]);
  const expertReturn = average(expertActions);
  const randomReturn = average((now) => Float64Array.from({ length: now.length / 3 }, () => random.uniform(-1, 1)));
  const scoreOf = (value: number): number => (100 * (value - randomReturn)) / (expertReturn - randomReturn);
  const meanNoise = mean(noiseLevels);
  const reference = scoreOf(average((now) => expertActions(now).map((a) => (1 - meanNoise) * a)));
  const target = targetReturn(recorded);

  const runs = await compare(context, "decisions", 3 * episodeSteps, (core, run) => {
    const model = new DecisionSequenceModel(core, { stateSize, actionSize });
    return trainModel({
      model,
      loss(rows) {
        const done = gather(actions, rows);
        return meanSquaredError(model.forward(gather(returns, rows), gather(states, rows), done), done);
      },
      records: episodes,
      batchSize: 32,
      steps: 300,
      evaluate: async () => ({ score: scoreOf(await returnOf(model, starts, target)) }),
      run,
    });
  });

  const scores = (system: System): number[] => scoresOf(runs[system], "score");
  measure("comparable.rl", over(scores("Aaren"), scores("Transformer")));
  measure(
    "learns.rl",
    minus(
      scores("Aaren"),
      scores("Aaren").map(() => reference),
    ),
  );
  for (const system of systems) metric(`rl.${system.toLowerCase()}`, scores(system));
  metric("rl.reference", reference);
  table("decisions", {
    columns: ["policy", "score"],
    rows: [
      ...systems.map((system) => [system, rounded(mean(scores(system)), 1)]),
      ["expert scaled by the mean noise", rounded(reference, 1)],
      ["expert", 100],
      ["random", 0],
    ],
    caption: `${testEpisodes} episodes from the same starts; the models are asked for a return of ${rounded(target, 2)}.`,
  });
  return runs;
}
