import { shuffledRows } from "@paperworks/data";
import { type ExperimentContext, mean, over, type TaskRun } from "@paperworks/experiment";
import {
  AdamW,
  clipGlobalNorm,
  meanSquaredError,
  parameterCount,
  parameters,
  schedules,
  trainSteps,
} from "@paperworks/nn";
import { fromArray, gather, jit, manualSeed, type Tensor } from "@paperworks/tensor";
import {
  type ForecastWindows,
  forecastWindows,
  horizon,
  hourlyLoads,
  standardise,
  window,
} from "../../hourly-loads.ts";
import { FfNetForecaster, TokenTransformer } from "./ff-net-forecaster.ts";

const patch = 8;
const size = { window, horizon, patch, channels: 32, depth: 2 } as const;
/** Width inside the Transformer's feed-forward parts, for as many parameters as FFNet has. */
const hidden = 56;

const forecasters = {
  FFNet: () => new FfNetForecaster(size),
  Transformer: () =>
    new FfNetForecaster({
      ...size,
      blocks: [
        new TokenTransformer({ channels: size.channels, tokens: window / patch, depth: size.depth, heads: 4, hidden }),
      ],
    }),
} as const;

export type ForecastSystem = keyof typeof forecasters;
export const forecastSystems = Object.keys(forecasters) as ForecastSystem[];
export const forecasterOf = (system: ForecastSystem): FfNetForecaster => forecasters[system]();

const [batch, steps, seeds] = [64, 200, 3];

type Forecasts = { error: number; curve: { step: number; loss: number }[] };

async function trainForecaster(system: ForecastSystem, windows: ForecastWindows, run: TaskRun): Promise<Forecasts> {
  manualSeed(run.seed);
  const model = forecasterOf(system);
  const error = (at: Tensor): Tensor => {
    const { past, future } = windows.cut(at);
    return meanSquaredError(model.forward(past), future);
  };
  const optimizer = new AdamW(parameters(model), {
    lr: schedules.cosine({ peak: 2e-3, steps, warmup: Math.round(steps / 10) }),
    weightDecay: 0.01,
    transforms: [clipGlobalNorm(1)],
  });
  const step = jit((rows: Tensor) => {
    const loss = error(gather(windows.training, rows));
    optimizer.minimize(loss);
    return { loss };
  });
  const rows = shuffledRows({ records: windows.training.size, batchSize: batch, seed: run.seed });
  const { curve } = await trainSteps({
    run,
    steps,
    state: [model, optimizer],
    step: (index) => step(fromArray(rows(index), [batch])),
  });
  model.eval();
  return { error: (await (await jit(error)(windows.test)).item()) as number, curve };
}

/** Hourly loads, each variable a series of its own: FFNet along time against a Transformer encoder of as many parameters. */
export async function forecasting(
  context: Pick<ExperimentContext, "data" | "seed" | "replicate" | "measure" | "metric" | "table">,
): Promise<void> {
  const { data, seed, replicate, measure, metric, table } = context;
  const windows = forecastWindows(standardise(await hourlyLoads(data, seed)));
  const runs = {} as Record<ForecastSystem, Forecasts[]>;
  for (const system of forecastSystems)
    runs[system] = await replicate(`forecasting, ${system}`, seeds, (run) => trainForecaster(system, windows, run));
  const errors = (system: ForecastSystem): number[] => runs[system].map(({ error }) => error);
  measure("tasks.forecasting", over(errors("FFNet"), errors("Transformer")));
  for (const system of forecastSystems) metric(`forecasting.${system.toLowerCase()}`, errors(system));
  table("forecasting", {
    columns: ["forecaster", "parameters", "test MSE"],
    rows: forecastSystems.map((system) => [
      system,
      parameterCount(forecasterOf(system)),
      Math.round(1e4 * mean(errors(system))) / 1e4,
    ]),
    caption: "ETTh1, 96 hours ahead from 96, on the standardised scale, means of the seeds.",
  });
}
