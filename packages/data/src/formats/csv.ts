import Papa from "papaparse";
import { DataFormatError } from "../errors.ts";
import { parseUtf8 } from "./utf8.ts";

/** A table with a header line: every column is either all numbers or text as it stands. */
export interface CsvTable {
  /** All column names in the order of the file. */
  readonly columns: readonly string[];
  readonly rows: number;
  readonly numbers: { readonly [column: string]: Float64Array };
  readonly text: { readonly [column: string]: readonly string[] };
}

const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * Reads a CSV file (RFC 4180) whose first line names its columns. Columns not listed as text must hold a finite decimal
 * number in every row: an empty cell, `NaN` or `1,5` is an error, never a silent zero.
 *
 * @param options.text names of the columns to keep as text
 * @throws DataFormatError naming the column and the row (the first row after the header is row 1)
 */
export function parseCsv(bytes: Uint8Array, file: string, options: { text?: readonly string[] } = {}): CsvTable {
  const { data, errors } = Papa.parse<string[]>(parseUtf8(bytes, file), { delimiter: ",", skipEmptyLines: true });
  const problem = errors[0];
  if (problem !== undefined) {
    throw new DataFormatError(file, `row ${problem.row ?? "?"}: ${problem.message}`, "well-formed CSV");
  }
  const [columns, ...rows] = data;
  if (columns === undefined) throw new DataFormatError(file, "no line at all", "a header line that names the columns");
  const repeated = columns.find((name, i) => columns.indexOf(name) !== i);
  if (repeated !== undefined)
    throw new DataFormatError(file, `two columns "${repeated}"`, "a name of its own for each");
  for (const name of options.text ?? []) {
    if (!columns.includes(name)) throw new DataFormatError(file, `columns ${columns.join(", ")}`, `a column "${name}"`);
  }
  rows.forEach((cells, i) => {
    if (cells.length !== columns.length) {
      throw new DataFormatError(file, `${cells.length} cells in row ${i + 1}`, `${columns.length}, as in the header`);
    }
  });
  const numbers: Record<string, Float64Array> = {};
  const text: Record<string, string[]> = {};
  columns.forEach((name, index) => {
    const cells = rows.map((row) => row[index]);
    if (options.text?.includes(name)) text[name] = cells;
    else numbers[name] = Float64Array.from(cells, (cell, row) => strictNumber(cell, file, name, row + 1));
  });
  return { columns, rows: rows.length, numbers, text };
}

function strictNumber(cell: string, file: string, name: string, row: number): number {
  const value = number.test(cell) ? Number(cell) : Number.NaN;
  if (Number.isFinite(value)) return value;
  throw new DataFormatError(file, `"${cell}" in column "${name}", row ${row}`, "a finite decimal number");
}
