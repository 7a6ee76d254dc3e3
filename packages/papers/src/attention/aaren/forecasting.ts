import { type DataSource, type SeriesDataset, series } from "@paperworks/data";
import { seasonalSeries } from "@paperworks/data/sequences";
import { type ExperimentContext, mean, over } from "@paperworks/experiment";
import { meanSquaredError, saveSafetensors } from "@paperworks/nn";
import {
  add,
  arange,
  exportOnnx,
  fromArray,
  gather,
  jit,
  slice,
  type Tensor,
  unsqueeze,
  zeros,
} from "@paperworks/tensor";
import { type BySystem, compare, rounded, scoresOf, systems } from "./comparison.ts";
import { Forecaster } from "./forecaster.ts";
import { type Trained, trainModel } from "./training.ts";

const hours = { training: 8640, validation: 2880, test: 2880 };
const [window, horizon, patch] = [96, 96, 8];
/** Hours between two test windows. */
const stride = 16;

async function hourlySeries(data: DataSource, seed: number): Promise<SeriesDataset> {
  const generated = (): SeriesDataset =>
    data.generated("ETTh1", seasonalSeries({ seed }), {
      from: `seasonalSeries, 7 variables, seed ${seed}`,
      records: 14_400,
    });
  return (await series(data, "ETTh1")) ?? generated();
}

/** The variables one after the other, each standardised by its mean and deviation in the training hours. */
export interface StandardSeries {
  readonly variables: number;
  readonly length: number;
  /** [variables, length] */
  readonly values: Float32Array;
}

export function standardise({ values: { data, shape } }: SeriesDataset, training = hours.training): StandardSeries {
  const [rows, variables] = shape;
  const length = Math.min(rows, hours.training + hours.validation + hours.test);
  const values = new Float32Array(variables * length);
  for (let j = 0; j < variables; j++) {
    const column = Float64Array.from({ length }, (_, t) => data[t * variables + j]);
    const level = mean([...column.subarray(0, training)]);
    const deviation = Math.sqrt(mean([...column.subarray(0, training)].map((x) => (x - level) ** 2)));
    values.set(
      column.map((x) => (x - level) / deviation),
      j * length,
    );
  }
  return { variables, length, values };
}

/** Offsets into `values` of windows of past and future whose first hour is one of `starts`, for all variables. */
const offsetsOf = ({ variables, length }: StandardSeries, starts: readonly number[]): Int32Array =>
  Int32Array.from(Array.from({ length: variables }, (_, j) => starts.map((start) => j * length + start)).flat());

const range = (from: number, to: number, step: number): number[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);

/** Training windows lie in the training hours; the futures of test windows in the test hours. */
export function windowOffsets(data: StandardSeries): { training: Int32Array; test: Int32Array } {
  const test = hours.training + hours.validation;
  return {
    training: offsetsOf(data, range(0, hours.training - window - horizon, 1)),
    test: offsetsOf(data, range(test - window, test + hours.test - window - horizon, stride)),
  };
}

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
  const standard = standardise(await hourlySeries(data, seed));
  const offsets = windowOffsets(standard);
  const values = fromArray(standard.values, [standard.values.length]);
  const hoursOfWindow = arange(window + horizon);
  const pastAndFuture = (at: Tensor): { past: Tensor; future: Tensor } => {
    const both = gather(values, add(unsqueeze(at, -1), hoursOfWindow));
    return {
      past: slice(both, [{ axis: 1, start: 0, end: window }]),
      future: slice(both, [{ axis: 1, start: window }]),
    };
  };
  const training = fromArray(offsets.training, [offsets.training.length]);
  const test = fromArray(offsets.test, [offsets.test.length]);

  const runs = await compare(context, "forecasting", window / patch, async (core, run, system) => {
    const model = new Forecaster(core, { window, patch, horizon });
    const error = (at: Tensor): Tensor => {
      const { past, future } = pastAndFuture(at);
      return meanSquaredError(model.forward(past), future);
    };
    const evaluation = jit((at: Tensor) => error(at));
    const trained = await trainModel({
      model,
      loss: (rows) => error(gather(training, rows)),
      records: offsets.training.length,
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

  const references = referenceErrors(standard, offsets.test);
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
