import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parseJson, type RunResult } from "@paperworks/experiment";
import { ResultFormatError } from "../errors.ts";
import { readReproduction } from "../reproduction.ts";
import { readResult } from "../run-folder.ts";

/** A run that was named, found. */
export interface FoundResult {
  readonly name: string;
  readonly result: RunResult;
  /** What happened in it, where that was kept. */
  readonly events: string | undefined;
}

/** Where runs are looked for. */
export interface RunPlaces {
  readonly runs?: string;
  readonly results?: string;
}

/**
 * Finds a result by the id of a run in `runs`, a run folder, a file of results, or the slug of a reproduced paper.
 * @returns undefined when nothing has that name
 * @throws ResultFormatError for a file that is no result, or a run without one
 */
export function findResult(
  named: string,
  { runs = "runs", results = "results" }: RunPlaces = {},
): FoundResult | undefined {
  const stat = (path: string) => statSync(path, { throwIfNoEntry: false });
  if (stat(named)?.isFile()) return readFile(named);
  for (const folder of [named, join(runs, named)]) if (stat(folder)?.isDirectory()) return readFolder(folder);
  const reproduction = join(results, `${named}.json`);
  return stat(reproduction)?.isFile() ? readFile(reproduction) : undefined;
}

/** The names that `findResult` would understand without a path. */
export function resultNames({ runs = "runs", results = "results" }: RunPlaces = {}): string[] {
  const entries = (folder: string) => (existsSync(folder) ? readdirSync(folder) : []);
  const ids = entries(runs).filter((id) => existsSync(join(runs, id, "run.json")));
  return [
    ...ids,
    ...entries(results)
      .filter((name) => name.endsWith(".json"))
      .map((name) => basename(name, ".json")),
  ];
}

function readFolder(folder: string): FoundResult {
  const file = join(folder, "result.json");
  if (!existsSync(file)) throw new ResultFormatError(`${folder} has no result yet: its run is not done`);
  return { name: basename(folder), result: readResult(file), events: existingFile(join(folder, "events.jsonl")) };
}

/** A run's result.json, or a reproduction. */
function readFile(file: string): FoundResult {
  let format: unknown;
  try {
    format = (parseJson(readFileSync(file, "utf8")) as { format?: unknown } | null)?.format;
  } catch (error) {
    throw new ResultFormatError(`${file} cannot be read: ${(error as Error).message}`);
  }
  if (format === "paperworks-reproduction") {
    return { name: basename(file, ".json"), result: readReproduction(file).result, events: undefined };
  }
  const folder = dirname(file);
  const name = basename(file) === "result.json" ? basename(folder) : basename(file, ".json");
  return { name, result: readResult(file), events: existingFile(join(folder, "events.jsonl")) };
}

function existingFile(path: string): string | undefined {
  return existsSync(path) ? path : undefined;
}
