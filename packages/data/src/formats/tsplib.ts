import type { ArrayBatch } from "../column.ts";
import { DataFormatError } from "../errors.ts";
import { parseUtf8 } from "./utf8.ts";

/** A symmetric travelling-salesman instance in the plane. */
export interface TsplibInstance {
  readonly name: string;
  readonly comment: string;
  /** [cities, 2]: x, y. */
  readonly coordinates: ArrayBatch<Float64Array>;
}

/**
 * Reads a TSPLIB95 file of type TSP with EUC_2D distances: `KEY : value` lines, then NODE_COORD_SECTION with one
 * `number x y` line a city, each city once.
 *
 * @throws DataFormatError for another type or distance, missing or repeated cities, numbers that are none
 * Source: G. Reinelt, "TSPLIB 95", sections 1 and 2.
 */
export function parseTsplib(bytes: Uint8Array, file: string): TsplibInstance {
  const lines = parseUtf8(bytes, file).split(/\r?\n/);
  const start = lines.findIndex((line) => line.trim() === "NODE_COORD_SECTION");
  if (start < 0) throw new DataFormatError(file, "no NODE_COORD_SECTION", "the coordinates of the cities");
  const header = parseHeader(lines.slice(0, start), file);
  const cities = Number(header.get("DIMENSION"));
  if (!Number.isSafeInteger(cities) || cities < 1) {
    throw new DataFormatError(file, `DIMENSION "${header.get("DIMENSION") ?? ""}"`, "the number of cities");
  }
  const coordinates = parseCoordinates(lines, start + 1, cities, file);
  return {
    name: header.get("NAME") ?? "",
    comment: header.get("COMMENT") ?? "",
    coordinates: { data: coordinates, shape: [cities, 2] },
  };
}

function parseHeader(lines: readonly string[], file: string): Map<string, string> {
  const header = new Map<string, string>();
  for (const line of lines) {
    if (line.trim() === "") continue;
    const colon = line.indexOf(":");
    if (colon < 0) throw new DataFormatError(file, `header line "${line.trim()}"`, '"KEY : value"');
    header.set(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
  }
  for (const [key, value] of [
    ["TYPE", "TSP"],
    ["EDGE_WEIGHT_TYPE", "EUC_2D"],
  ] as const) {
    if (header.get(key) !== value) throw new DataFormatError(file, `${key} "${header.get(key) ?? ""}"`, `"${value}"`);
  }
  return header;
}

function parseCoordinates(lines: readonly string[], start: number, cities: number, file: string): Float64Array {
  const coordinates = new Float64Array(cities * 2).fill(Number.NaN);
  let found = 0;
  for (let at = start; at < lines.length; at++) {
    const line = lines[at].trim();
    if (line === "EOF") {
      const trailing = lines.slice(at + 1).find((rest) => rest.trim() !== "");
      if (trailing !== undefined) throw new DataFormatError(file, `"${trailing.trim()}" after EOF`, "nothing");
      break;
    }
    if (line === "") continue;
    const [city, x, y, ...rest] = line.split(/\s+/).map(Number);
    if (rest.length > 0 || !Number.isInteger(city) || !Number.isFinite(x) || !Number.isFinite(y)) {
      throw new DataFormatError(file, `line ${at + 1} "${line}"`, '"city x y"');
    }
    if (city < 1 || city > cities || !Number.isNaN(coordinates[2 * city - 2])) {
      throw new DataFormatError(file, `city ${city} in line ${at + 1}`, `each city from 1 to ${cities} once`);
    }
    coordinates[2 * city - 2] = x;
    coordinates[2 * city - 1] = y;
    found++;
  }
  if (found !== cities) throw new DataFormatError(file, `${found} cities`, `${cities}, the DIMENSION`);
  return coordinates;
}

/**
 * Reads TSPLIB's list of optimal tour lengths: one `name : length` line an instance.
 * @throws DataFormatError for a line that is something else
 */
export function parseTsplibSolutions(bytes: Uint8Array, file: string): Map<string, number> {
  const lengths = new Map<string, number>();
  for (const [at, line] of parseUtf8(bytes, file).split(/\r?\n/).entries()) {
    if (line.trim() === "") continue;
    const match = /^\s*(\S+)\s*:\s*(\d+)\s*(?:\(.*\))?\s*$/.exec(line);
    if (match === null) throw new DataFormatError(file, `line ${at + 1} "${line}"`, '"name : length"');
    lengths.set(match[1], Number(match[2]));
  }
  return lengths;
}
