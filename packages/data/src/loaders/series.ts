import type { ArrayBatch } from "../column.ts";
import { DataFormatError } from "../errors.ts";
import { parseCsv } from "../formats/csv.ts";
import type { DataSource } from "../source.ts";

export type SeriesName = "ETTh1" | "sp500-2000" | "sp500" | "stocks" | "seattle-weather";

/** A table of measurements in the order of time. */
export interface SeriesDataset {
  readonly name: string;
  /** Names of the variables. */
  readonly variables: readonly string[];
  /** [rows, variables] */
  readonly values: ArrayBatch<Float64Array>;
  /** One date a row, as the file writes it. */
  readonly dates: readonly string[];
  /** Columns of words (a stock's symbol, the kind of weather) by name. */
  readonly labels: { readonly [column: string]: readonly string[] };
}

const labelColumns: Readonly<Record<SeriesName, readonly string[]>> = {
  ETTh1: [],
  "sp500-2000": [],
  sp500: [],
  stocks: ["symbol"],
  "seattle-weather": ["weather"],
};

/**
 * A time series from a CSV file with a `date` column: `ETTh1` (hourly loads and oil temperature of a transformer,
 * 7 variables), `sp500-2000` (daily open, high, low, close, adjusted close, volume), `sp500` and `stocks` (monthly
 * prices), `seattle-weather` (daily).
 *
 * @returns the series, or undefined if no file is there
 * @throws DataFormatError for a cell that is no number (column and row named), a missing column, or no rows
 * Source: H. Zhou et al., "Informer", 2021 (ETTh1).
 */
export async function series(source: DataSource, name: SeriesName): Promise<SeriesDataset | undefined> {
  const names = [`series/${name}.csv`, `${name}.csv`, `ETT-small/${name}.csv`];
  const opened = await source.open(names.flatMap((file) => [file, `${file}.gz`]));
  if (opened === undefined) return undefined;
  const { from, origin } = opened.file;
  const table = parseCsv(opened.bytes, from, { text: ["date", ...labelColumns[name]] });
  if (table.rows === 0) throw new DataFormatError(from, "a header without rows", "at least one row");
  const variables = Object.keys(table.numbers);
  const data = new Float64Array(table.rows * variables.length);
  variables.forEach((variable, j) => {
    table.numbers[variable].forEach((value, i) => {
      data[i * variables.length + j] = value;
    });
  });
  const { date: dates, ...labels } = table.text;
  source.record({ dataset: name, origin, from, records: table.rows });
  return { name, variables, values: { data, shape: [table.rows, variables.length] }, dates, labels };
}
