import { DataFormatError, DomainError } from "../errors.ts";
import { parseTsplib, parseTsplibSolutions, type TsplibInstance } from "../formats/tsplib.ts";
import type { DataSource } from "../source.ts";

/** An instance with the length of its best possible tour, where that is known. */
export interface TsplibProblem extends TsplibInstance {
  readonly optimum: number | undefined;
}

/** Proven optima of instances that are often used, for folders without the list of solutions. */
const knownOptima: Readonly<Record<string, number>> = {
  a280: 2579,
  berlin52: 7542,
  d2103: 80450,
  eil51: 426,
  fnl4461: 182566,
  kroA100: 21282,
  pcb3038: 137694,
  pcb442: 50778,
  pr1002: 259045,
  rat783: 8806,
  rl5915: 565530,
  tsp225: 3916,
  u1060: 224094,
};

/**
 * A travelling-salesman instance of TSPLIB in the plane, by name: `berlin52`, `kroA100`, …
 *
 * @returns the instance with its optimal tour length (from the folder's `solutions` list, else from the proven optima
 * known here), or undefined if no file is there
 * @throws DataFormatError for a file that is truncated or no EUC_2D instance; DomainError for a name that is none
 * Source: G. Reinelt, "TSPLIB: a traveling salesman problem library", 1991.
 */
export async function tsplib(source: DataSource, name: string): Promise<TsplibProblem | undefined> {
  if (!/^[A-Za-z]+\d+$/.test(name)) throw new DomainError("name", name, "an instance such as berlin52");
  const files = [`tsplib/${name}.tsp`, `${name}.tsp`];
  const opened = await source.open(files.flatMap((file) => [file, `${file}.gz`]));
  if (opened === undefined) return undefined;
  const { from, origin } = opened.file;
  const instance = parseTsplib(opened.bytes, from);
  if (instance.name.replace(/\.tsp$/, "") !== name) {
    throw new DataFormatError(from, `the instance "${instance.name}"`, `"${name}"`);
  }
  const solutions = await source.open(["tsplib/solutions", "solutions"]);
  const listed = solutions && parseTsplibSolutions(solutions.bytes, solutions.file.from).get(name);
  source.record({ dataset: name, origin, from, records: instance.coordinates.shape[0] });
  return { ...instance, optimum: listed ?? knownOptima[name] };
}

/**
 * Length of a closed tour by TSPLIB's rule for EUC_2D: each distance is rounded to the nearest whole number.
 * @param tour the cities 0 … n - 1, each once
 * @throws DomainError for a tour that leaves out or repeats a city
 */
export function tourLength({ coordinates }: Pick<TsplibInstance, "coordinates">, tour: ArrayLike<number>): number {
  const cities = coordinates.shape[0];
  const visited = new Set(Array.from(tour));
  const valid = tour.length === cities && visited.size === cities;
  if (!valid || [...visited].some((city) => !Number.isInteger(city) || city < 0 || city >= cities)) {
    throw new DomainError(
      "tour",
      `${visited.size} different cities in ${tour.length} stops`,
      `0 … ${cities - 1}, each once`,
    );
  }
  let length = 0;
  for (let i = 0; i < cities; i++) {
    const a = tour[i];
    const b = tour[(i + 1) % cities];
    const dx = coordinates.data[2 * a] - coordinates.data[2 * b];
    const dy = coordinates.data[2 * a + 1] - coordinates.data[2 * b + 1];
    length += Math.floor(Math.sqrt(dx * dx + dy * dy) + 0.5);
  }
  return length;
}
