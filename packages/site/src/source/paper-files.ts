import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";

/** Where a paper's sources are, and what it is called. */
export interface PaperPlace {
  /** Folder of families: packages/papers/src. */
  readonly sources: string;
  readonly family: string;
  readonly slug: string;
}

const imports = /(?:\bfrom\s+|\bimport\s*\(\s*|\bimport\s+)["'](\.[^"']+\.ts)["']/g;

/** What comes last of a paper's own files, whoever imports it. */
const atTheEnd = ["figures.ts", "experiment.ts", "paper.ts"];

/**
 * The files of a paper, in the order to read them: the method, which is what `<slug>.ts` or else the experiment imports, as
 * they come to it; figures, the experiment and what the paper declares; then what they use of their family.
 *
 * @returns absolute paths; none if the paper has no module
 */
export function paperFiles({ sources, family, slug }: PaperPlace): string[] {
  const folder = join(sources, family, slug);
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
  const starts = [`${slug}.ts`, "experiment.ts", "paper.ts", ...names.sort((a, b) => a.localeCompare(b))];
  const reached = new Set(
    starts.filter((name) => names.includes(name)).flatMap((name) => reach(join(folder, name), join(sources, family))),
  );
  const isOwn = (file: string) => file.startsWith(folder + sep);
  const place = (file: string) => atTheEnd.indexOf(basename(file));
  const own = [...reached].filter((file) => isOwn(file) && !file.endsWith(".test.ts"));
  const shared = [...reached].filter((file) => !isOwn(file));
  return [...own.sort((a, b) => place(a) - place(b)), ...shared];
}

/** A file and what it imports within a folder, the nearest first. */
function reach(start: string, within: string): string[] {
  const found = new Set([start]);
  // A set takes what is added while it is gone through.
  for (const file of found) {
    for (const [, target] of readFileSync(file, "utf8").matchAll(imports)) {
      const imported = resolve(dirname(file), target);
      if (imported.startsWith(within + sep) && existsSync(imported)) found.add(imported);
    }
  }
  return [...found];
}

/** The path that a page shows: "papers/src/graphs/gcn.ts". */
export const shownPath = (sources: string, file: string): string =>
  `papers/src/${relative(sources, file).split(sep).join("/")}`;
