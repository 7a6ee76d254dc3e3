import type { Paper } from "@paperworks/experiment";
import { papers } from "@paperworks/papers";

const entries = new Map(papers.map((entry) => [entry.slug, entry]));
const loaded = new Map<string, Promise<Paper>>();

/** Whether a paper has a module to run. */
export function hasModule(slug: string): boolean {
  return entries.has(slug);
}

/** The module of a paper, which brings the engine; undefined where there is none. */
export async function moduleOf(slug: string): Promise<Paper | undefined> {
  const entry = entries.get(slug);
  if (entry === undefined) return undefined;
  let paper = loaded.get(slug);
  if (paper === undefined) {
    paper = entry.load().then((module) => module.default);
    loaded.set(slug, paper);
    paper.catch(() => loaded.delete(slug));
  }
  return paper;
}
