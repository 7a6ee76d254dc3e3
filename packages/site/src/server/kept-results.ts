import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Reproduction, readReproduction } from "@paperworks/lab";

/** The time between two looks at the disk. */
const staleMilliseconds = 3000;

/** The results of a folder, `<slug>.json` each; looked at again when they are asked for and were not for a while. */
export class KeptResults {
  readonly #folder: string;
  readonly #known = new Map<string, { readonly modified: number; readonly kept: Reproduction | undefined }>();
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
      this.#known.set(slug, { modified, kept: readIfSound(file) });
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
