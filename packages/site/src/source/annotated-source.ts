import { createHash } from "node:crypto";
import { existsSync, globSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { builtSources } from "../built.ts";
import type { SourceFile } from "../page-data.ts";
import { paperFiles, shownPath } from "./paper-files.ts";

/** The papers' sources in a clone; a published package has none, and brings them annotated. */
export const papersSources: string = fileURLToPath(new URL("../../../papers/src", import.meta.url));

export interface AnnotatedSourceOptions {
  /** Folder of families. */
  readonly sources?: string;
  /** Folder of what is annotated already, a file a paper. */
  readonly kept?: string;
}

interface Kept {
  /** Of the sources, and of the code that annotates them. */
  readonly digest: string;
  readonly files: readonly SourceFile[];
}

/**
 * The annotated source of a paper: of the sources as they are now, worked on only when they have changed since they were
 * last asked for, by whatever process.
 *
 * @returns no file for a paper without a module
 */
export async function annotatedSource(
  { family, slug }: { readonly family: string; readonly slug: string },
  { sources = papersSources, kept = builtSources }: AnnotatedSourceOptions = {},
): Promise<readonly SourceFile[]> {
  const file = join(kept, `${slug}.json`);
  const known: Kept | undefined = existsSync(file) ? JSON.parse(await readFile(file, "utf8")) : undefined;
  if (!existsSync(sources)) return known?.files ?? [];
  const texts = await Promise.all(
    paperFiles({ sources, family, slug }).map(async (path) => ({
      path: shownPath(sources, path),
      text: await readFile(path, "utf8"),
    })),
  );
  if (texts.length === 0) return [];
  const digest = await digestOf(texts.map(({ path, text }) => `${path}\n${text}`));
  if (known?.digest === digest) return known.files;
  // The highlighter is slow to load, and a server whose sources do not change does without.
  const { annotate } = await import("./annotate.ts");
  const files = await Promise.all(texts.map(({ path, text }) => annotate(path, text)));
  await keep(file, { digest, files });
  return files;
}

async function digestOf(texts: readonly string[]): Promise<string> {
  const own = fileURLToPath(new URL(".", import.meta.url));
  const code = globSync("*.{ts,js}", { cwd: own })
    .filter((name) => !/\.(?:test|d)\.ts$/.test(name))
    .sort();
  const hash = createHash("sha256");
  for (const name of code) hash.update(await readFile(join(own, name)));
  for (const text of texts) hash.update(text);
  return hash.digest("hex");
}

/** Kept for the next process; a folder that cannot be written to costs only time. */
async function keep(file: string, annotated: Kept): Promise<void> {
  const unfinished = `${file}.${process.pid}`;
  try {
    await mkdir(join(file, ".."), { recursive: true });
    await writeFile(unfinished, JSON.stringify(annotated));
    await rename(unfinished, file);
  } catch {
    return;
  }
}
