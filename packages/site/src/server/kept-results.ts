import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Reproduction, readReproduction } from "@paperworks/lab";
import { type KeptRun, runFiles } from "./kept-runs.ts";

/** The time between two looks at the disk. */
const staleMilliseconds = 3000;

/** What is known of a paper's result: the reproduction, and the run behind it with the figures that were kept of it. */
interface Kept {
  readonly modified: number;
  readonly kept: Reproduction | undefined;
  readonly run: KeptRun | undefined;
}

/** The results of a folder, `<slug>.json` each with its figures in `<slug>/`; looked at again when they are asked for and were not for a while. */
export class KeptResults {
  readonly #folder: string;
  readonly #known = new Map<string, Kept>();
  #looked = Number.NEGATIVE_INFINITY;
  /** Grows whenever a result came, went or changed. */
  version = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  of(slug: string): Reproduction | undefined {
    this.refresh();
    return this.#known.get(slug)?.kept;
  }

  /** The run that was kept, without its models. */
  runOf(slug: string): KeptRun | undefined {
    this.refresh();
    return this.#known.get(slug)?.run;
  }

  refresh(): void {
    if (performance.now() - this.#looked < staleMilliseconds) return;
    this.#looked = performance.now();
    const slugs = slugsIn(this.#folder);
    for (const slug of this.#known.keys()) {
      if (slugs.includes(slug)) continue;
      this.#known.delete(slug);
      this.version++;
    }
    for (const slug of slugs) {
      const file = join(this.#folder, `${slug}.json`);
      const modified = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
      if (this.#known.get(slug)?.modified === modified) continue;
      const kept = readIfSound(file);
      const run = kept && { result: kept.result, ...runFiles(join(this.#folder, slug)) };
      this.#known.set(slug, { modified, kept, run });
      this.version++;
    }
  }
}

function slugsIn(folder: string): string[] {
  try {
    return readdirSync(folder).flatMap((name) => /^([a-z0-9-]+)\.json$/.exec(name)?.[1] ?? []);
  } catch {
    return [];
  }
}

/** A file that is no result of a version known here is as good as none: the page says that nothing was measured. */
function readIfSound(file: string): Reproduction | undefined {
  try {
    return readReproduction(file);
  } catch {
    return undefined;
  }
}
