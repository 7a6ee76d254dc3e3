import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { docComments } from "../source/doc-comments.ts";

/** The doc comments of a paper's own files as plain text; empty where the sources are not there. */
export async function docCommentsOf({ family, slug }: { family: string; slug: string }): Promise<string> {
  const folder = join(dirname(fileURLToPath(import.meta.resolve("@paperworks/papers"))), family, slug);
  let names: string[];
  try {
    names = await readdir(folder);
  } catch {
    return "";
  }
  const sources = names.filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts")).sort();
  const texts = await Promise.all(sources.map((name) => readFile(join(folder, name), "utf8")));
  return texts
    .flatMap(docComments)
    .map(({ text }) => text)
    .join("\n\n");
}
