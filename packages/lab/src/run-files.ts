import { existsSync, readdirSync, rmdirSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { RunFolderError } from "./errors.ts";
import { runnerOf } from "./run-lock.ts";

/** The files a run makes, by their path in its folder; with the ending of one that was being written. */
const madeFiles = [
  "run\\.json",
  "run\\.lock",
  "result\\.json",
  "events\\.jsonl",
  "report\\.html",
  "[^/]+\\.(?:onnx|safetensors)",
  "tasks/[^/]+\\.\\d+\\.(?:json|checkpoint)",
  "figures/[^/]+\\.(?:vl\\.json|svg)",
  "tables/[^/]+\\.csv",
  "images/[^/]+\\.png",
  "tensorboard/[^/]+/events\\.out\\.tfevents\\.[^/]+",
].map((pattern) => new RegExp(`^${pattern}(?:\\.[0-9a-f]{8}\\.part)?$`));
const madeFolders = [/^(?:tasks|figures|tables|images|tensorboard)$/, /^tensorboard\/[^/]+$/];

interface RunFiles {
  /** What the run made, paths in its folder. */
  readonly files: readonly string[];
  readonly folders: readonly string[];
  /** What somebody else put there. */
  readonly foreign: readonly string[];
}

/** Walks the folders a run makes, no others, and follows no links. */
function listRunFiles(folder: string): RunFiles {
  const [files, folders, foreign]: string[][] = [[], [], []];
  const walk = (inner: string) => {
    for (const entry of readdirSync(join(folder, inner), { withFileTypes: true })) {
      const path = inner === "" ? entry.name : `${inner}/${entry.name}`;
      if (entry.isFile() && madeFiles.some((pattern) => pattern.test(path))) files.push(path);
      else if (entry.isDirectory() && madeFolders.some((pattern) => pattern.test(path))) {
        folders.push(path);
        walk(path);
      } else foreign.push(path);
    }
  };
  walk("");
  return { files, folders, foreign };
}

/** The bytes of all files that the run made. */
export function runBytes(folder: string): number {
  const sizes = listRunFiles(folder).files.map((path) => statSync(join(folder, path), { throwIfNoEntry: false })?.size);
  return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
}

/**
 * Takes away what a run made in its folder, and nothing else. A folder that is missing or empty is left as it is.
 * @throws RunFolderError for a folder that holds no run, one that is under way, or other files too; then nothing is taken away
 */
export function clearRun(folder: string): void {
  const path = resolve(folder);
  if (!existsSync(path) || readdirSync(path).length === 0) return;
  const { files, folders, foreign } = requireRun(path);
  const runner = runnerOf(path);
  if (runner !== undefined) throw new RunFolderError(path, `${runner} is running it; wait for its end`);
  if (foreign.length > 0) {
    throw new RunFolderError(
      path,
      `it holds what no run made (${foreign.slice(0, 3).join(", ")}), so nothing was removed; take that out first`,
    );
  }
  // As long as run.json is there, a removal that was cut short can be repeated.
  for (const file of files.filter((file) => file !== "run.json")) rmSync(join(path, file), { force: true });
  for (const inner of [...folders].sort().reverse()) rmdirSync(join(path, inner));
  rmSync(join(path, "run.json"), { force: true });
}

/** Takes a run away with its folder. @throws RunFolderError as `clearRun` does, and for a folder that is not there */
export function removeRun(folder: string): void {
  requireRun(resolve(folder));
  clearRun(folder);
  rmdirSync(folder);
}

function requireRun(path: string): RunFiles {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw new RunFolderError(path, "there is no such folder");
  const found = listRunFiles(path);
  if (!found.files.includes("run.json")) throw new RunFolderError(path, "it is no run folder: it has no run.json");
  return found;
}
