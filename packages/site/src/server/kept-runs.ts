import { readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { parseJson, type RunResult } from "@paperworks/experiment";
import { readResult, runNames } from "@paperworks/lab";

/** A file of a run that the site may give out. */
export interface RunFile {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  /** Milliseconds; with the size it tells one content from the next. */
  readonly modified: number;
}

/** A finished run of a paper and what it left. */
export interface KeptRun {
  readonly result: RunResult;
  /** Specifications, by the figure's name. */
  readonly specs: ReadonlyMap<string, RunFile>;
  /** The same figures drawn, by name. */
  readonly drawings: ReadonlyMap<string, RunFile>;
  readonly images: ReadonlyMap<string, RunFile>;
  readonly sounds: ReadonlyMap<string, RunFile>;
  /** ONNX and safetensors files. */
  readonly models: readonly RunFile[];
}

/** The time between two looks at the disk. */
const staleMilliseconds = 3000;

/** The finished runs of a folder by paper; the folder is looked at again when it is asked for and was not for a while. */
export class KeptRuns {
  readonly #folder: string;
  readonly #known = new Map<string, { readonly modified: number; readonly run: KeptRun | undefined }>();
  #bySlug: ReadonlyMap<string, readonly KeptRun[]> = new Map();
  #looked = Number.NEGATIVE_INFINITY;
  /** Grows whenever a run came, went or changed. */
  version = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Of a paper, full runs before quick ones, the newest first. */
  of(slug: string): readonly KeptRun[] {
    this.refresh();
    return this.#bySlug.get(slug) ?? [];
  }

  refresh(): void {
    if (performance.now() - this.#looked < staleMilliseconds) return;
    this.#looked = performance.now();
    const names = namesIn(this.#folder);
    let changed = names.length !== this.#known.size;
    for (const name of this.#known.keys()) {
      if (!names.includes(name)) this.#known.delete(name);
    }
    for (const name of names) {
      const folder = join(this.#folder, name);
      const modified = statSync(join(folder, "result.json"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
      if (this.#known.get(name)?.modified === modified) continue;
      this.#known.set(name, { modified, run: modified === 0 ? undefined : readRun(folder) });
      changed = true;
    }
    if (!changed) return;
    this.version++;
    this.#bySlug = bySlug([...this.#known.values()].flatMap(({ run }) => run ?? []));
  }
}

function bySlug(runs: readonly KeptRun[]): Map<string, KeptRun[]> {
  const groups = Map.groupBy(runs, ({ result }) => result.slug);
  for (const group of groups.values()) {
    group.sort((a, b) => {
      if (a.result.mode !== b.result.mode) return a.result.mode === "full" ? -1 : 1;
      return a.result.times.finished < b.result.times.finished ? 1 : -1;
    });
  }
  return groups;
}

/** Undefined for a run that has not finished well, or cannot be read: then the site shows an earlier one. */
function readRun(folder: string): KeptRun | undefined {
  try {
    const result = readResult(join(folder, "result.json"));
    if (result.status !== "finished") return undefined;
    return { result, ...runFiles(folder) };
  } catch {
    return undefined;
  }
}

/** What a run left in its folder, or what was kept of it. */
export function runFiles(folder: string): Omit<KeptRun, "result"> {
  return {
    specs: filesIn(join(folder, "figures"), ".vl.json"),
    drawings: filesIn(join(folder, "figures"), ".svg"),
    images: filesIn(join(folder, "images"), ".png"),
    sounds: filesIn(join(folder, "sounds"), ".wav"),
    models: [...filesIn(folder, ".onnx").values(), ...filesIn(folder, ".safetensors").values()],
  };
}

function namesIn(folder: string): string[] {
  try {
    return runNames(folder);
  } catch {
    return [];
  }
}

/** The files of a folder with an ending, by their name without it. */
function filesIn(folder: string, ending: string): Map<string, RunFile> {
  let names: string[];
  try {
    names = readdirSync(folder).sort();
  } catch {
    return new Map();
  }
  const files = new Map<string, RunFile>();
  for (const name of names) {
    if (!name.endsWith(ending)) continue;
    const path = join(folder, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat?.isFile()) continue;
    files.set(name.slice(0, -ending.length), { name, path, bytes: stat.size, modified: stat.mtimeMs });
  }
  return files;
}

/** A specification of a figure; undefined when the file went meanwhile or is none. */
export function readSpec({ path }: RunFile): Readonly<Record<string, unknown>> | undefined {
  try {
    const spec = parseJson(readFileSync(path, "utf8"));
    return typeof spec === "object" && spec !== null ? (spec as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const types: Readonly<Record<string, string>> = {
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".wav": "audio/wav",
  ".onnx": "application/octet-stream",
  ".safetensors": "application/octet-stream",
};

export function mediaTypeOf(name: string): string {
  return types[extname(name)] ?? "application/octet-stream";
}
