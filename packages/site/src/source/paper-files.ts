import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";

/** Where a paper's sources are, and what it is called. */
export interface PaperPlace {
  /** Folder of families: packages/papers/src. */
  readonly sources: string;
  readonly family: string;
  readonly slug: string;
}

const imports = /(?:\bfrom\s+|\bimport\s*\(\s*|\bimport\s+)["'](\.[^"']+\.ts)["']/g;

/**
 * The files of a paper, in the order to read them: the method, the experiment and what it declares, then the modules of its
 * family that they import, directly or by another.
 *
 * @returns absolute paths; none if the paper has no module
 */
export function paperFiles({ sources, family, slug }: PaperPlace): string[] {
  const folder = join(sources, family, slug);
  if (!existsSync(folder)) return [];
  const own = readdirSync(folder)
    .filter((name) => name.endsWith(".ts") && !/\.(?:test|browser|node)\.ts$/.test(name))
    .sort((a, b) => rank(a, slug) - rank(b, slug) || a.localeCompare(b))
    .map((name) => join(folder, name));
  const familyFolder = join(sources, family) + sep;
  const shared = new Set<string>();
  const waiting = [...own];
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
    for (const [, target] of readFileSync(file, "utf8").matchAll(imports)) {
      const found = resolve(dirname(file), target);
      const inFamily = found.startsWith(familyFolder) && !found.startsWith(folder + sep);
      if (!inFamily || shared.has(found) || !existsSync(found)) continue;
      shared.add(found);
      waiting.push(found);
    }
  }
  return [...own, ...[...shared].sort((a, b) => a.localeCompare(b))];
}

/** The path that a page shows: "papers/src/graphs/gcn.ts". */
export const shownPath = (sources: string, file: string): string =>
  `papers/src/${relative(sources, file).split(sep).join("/")}`;

function rank(name: string, slug: string): number {
  if (name === `${slug}.ts`) return 0;
  return ["experiment.ts", "paper.ts", "figures.ts"].indexOf(name) + 2;
}
