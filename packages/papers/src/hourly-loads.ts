import { type DataSource, type SeriesDataset, series } from "@paperworks/data";
import { seasonalSeries } from "@paperworks/data/sequences";
import { mean } from "@paperworks/experiment";
import { add, arange, fromArray, gather, slice, type Tensor, unsqueeze } from "@paperworks/tensor";

const hours = { training: 8640, validation: 2880, test: 2880 };
/** Hours that are read, and hours that are forecast. */
export const [window, horizon] = [96, 96];
/** Hours between two test windows. */
const stride = 16;

/** ETTh1, hourly loads of a transformer station in 7 variables, or generated seasonal series where the file is not there. */
export async function hourlyLoads(data: DataSource, seed: number): Promise<SeriesDataset> {
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

/** Windows as programs take them, cut where they are needed. */
export interface ForecastWindows {
  /** Offsets [windows] int32. */
  readonly training: Tensor;
  readonly test: Tensor;
  /** @param at offsets [batch] @returns past [batch, 96] and future [batch, 96] */
  cut(at: Tensor): { past: Tensor; future: Tensor };
}

export function forecastWindows(standard: StandardSeries): ForecastWindows {
  const values = fromArray(standard.values, [standard.values.length]);
  const hoursOfWindow = arange(window + horizon);
  const { training, test } = windowOffsets(standard);
  return {
    training: fromArray(training, [training.length]),
    test: fromArray(test, [test.length]),
    cut(at) {
      const both = gather(values, add(unsqueeze(at, -1), hoursOfWindow));
      return {
        past: slice(both, [{ axis: 1, start: 0, end: window }]),
        future: slice(both, [{ axis: 1, start: window }]),
      };
    },
  };
}
