import { type ExperimentContext, mean, over } from "@paperworks/experiment";
import { meanSquaredError, saveSafetensors } from "@paperworks/nn";
import { exportOnnx, gather, jit, type Tensor, zeros } from "@paperworks/tensor";
import {
  forecastWindows,
  horizon,
  hourlyLoads,
  type StandardSeries,
  standardise,
  window,
  windowOffsets,
} from "../../hourly-loads.ts";
import { type BySystem, compare, rounded, scoresOf, systems } from "./comparison.ts";
import { Forecaster } from "./forecaster.ts";
import { type Trained, trainModel } from "./training.ts";

const patch = 8;

/** Mean squared errors of forecasts that learn nothing. */
export function referenceErrors({ values }: StandardSeries, offsets: Int32Array) {
  const errorOf = (forecast: (past: Float32Array, hour: number) => number): number => {
    let total = 0;
    for (const offset of offsets) {
      const past = values.subarray(offset, offset + window);
      for (let hour = 0; hour < horizon; hour++) total += (values[offset + window + hour] - forecast(past, hour)) ** 2;
    }
    return total / (offsets.length * horizon);
  };
  return {
    "last value": errorOf((past) => past[window - 1]),
    "window's mean": errorOf(
      (() => {
        let of: Float32Array | undefined;
        let level = 0;
        return (past) => {
          if (past !== of) [of, level] = [past, mean([...past])];
          return level;
        };
      })(),
    ),
    "last 24 hours": errorOf((past, hour) => past[window - 24 + (hour % 24)]),
  };
}

/** Hourly transformer loads, each variable a series of its own: 96 hours are read and 96 forecast. */
export async function forecasting(context: ExperimentContext): Promise<BySystem<Trained[]>> {
  const { data, seed, measure, metric, table, model: putModel } = context;
  const standard = standardise(await hourlyLoads(data, seed));
  const { training, test, cut } = forecastWindows(standard);

  const runs = await compare(context, "forecasting", window / patch, async (core, run, system) => {
    const model = new Forecaster(core, { window, patch, horizon });
    const error = (at: Tensor): Tensor => {
      const { past, future } = cut(at);
      return meanSquaredError(model.forward(past), future);
    };
    const evaluation = jit((at: Tensor) => error(at));
    const trained = await trainModel({
      model,
      loss: (rows) => error(gather(training, rows)),
      records: training.size,
      batchSize: 64,
      steps: 1000,
      early: 300,
      evaluate: async () => ({ error: await (await evaluation(test)).item() }),
      run,
    });
    if (system === "Aaren" && run.seed === seed) {
      const onnx = await exportOnnx(({ past }) => ({ forecast: model.forward(past) }), { past: zeros([1, window]) });
      putModel("model", { onnx, safetensors: await saveSafetensors(model) });
    }
    return trained;
  });

  const references = referenceErrors(standard, windowOffsets(standard).test);
  const errors = (system: (typeof systems)[number], when?: "early"): number[] => scoresOf(runs[system], "error", when);
  measure("comparable.forecasting", over(errors("Aaren"), errors("Transformer")));
  measure(
    "learns.forecasting",
    errors("Aaren").map((error) => error / references["last 24 hours"]),
  );
  metric("forecasting.ratio-300", over(errors("Aaren", "early"), errors("Transformer", "early")));
  for (const system of systems) metric(`forecasting.${system.toLowerCase()}`, errors(system));
  table("forecasting", {
    columns: ["forecast", "test MSE, 300 steps", "test MSE, 1,000 steps"],
    rows: [
      ...systems.map((system) => [system, rounded(mean(errors(system, "early"))), rounded(mean(errors(system)))]),
      ...Object.entries(references).map(([name, error]) => [name, null, rounded(error)]),
    ],
    caption: "96 hours ahead from 96, on the standardised scale, mean of the seeds.",
  });
  return runs;
}
