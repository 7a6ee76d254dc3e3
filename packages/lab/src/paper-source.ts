import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Paper } from "@paperworks/experiment";
import { PaperFileError } from "./errors.ts";

/** Where a paper comes from, in words that another process understands: one of Paperworks', or a module of a user's. */
export type PaperSource = { readonly slug: string } | { readonly file: string };

/**
 * Loads a paper with its method and experiment. A file is a module whose default export is what `definePaper` returns.
 * @throws PaperFileError for a file that is missing, throws, or exports no paper; RangeError for an unknown slug
 */
export async function loadPaper(source: PaperSource): Promise<Paper> {
  if ("file" in source) return loadPaperFile(source.file);
  const { papers } = await import("@paperworks/papers");
  const entry = papers.find(({ slug }) => slug === source.slug);
  if (entry === undefined) throw new RangeError(`no paper is called "${source.slug}"`);
  return (await entry.load()).default;
}

async function loadPaperFile(file: string): Promise<Paper> {
  const path = resolve(file);
  if (!existsSync(path)) throw new PaperFileError(file, "there is no such file");
  if (!statSync(path).isFile()) throw new PaperFileError(file, "it is a folder; name the file of the experiment");
  let exported: Partial<Paper> | undefined;
  try {
    exported = ((await import(pathToFileURL(path).href)) as { default?: Partial<Paper> }).default;
  } catch (error) {
    const { name, message } = error instanceof Error ? error : { name: "Error", message: String(error) };
    const advice = /outside a module/.test(message)
      ? '; call it .mts, or set "type": "module" in the package.json beside or above it'
      : "";
    throw new PaperFileError(file, `it cannot be loaded: ${name}: ${message}${advice}`, { cause: error });
  }
  if (exported === undefined) {
    throw new PaperFileError(file, "it has no default export; write `export default definePaper({ … })`");
  }
  if (
    typeof exported?.slug !== "string" ||
    !Array.isArray(exported.claims) ||
    typeof exported.experiment !== "function"
  ) {
    throw new PaperFileError(file, "its default export is no paper; write `export default definePaper({ … })`");
  }
  return exported as Paper;
}
