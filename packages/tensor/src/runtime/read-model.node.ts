import { readFile } from "node:fs/promises";
import { ModelFileError } from "./model-file.ts";
import { readModel as fetchModel } from "./read-model.browser.ts";

/** The bytes of a file, by its path or file: URL, or behind an http URL. */
export async function readModel(source: string | URL): Promise<Uint8Array> {
  if (/^https?:/.test(String(source))) return fetchModel(source);
  const path = typeof source === "string" && source.startsWith("file:") ? new URL(source) : source;
  try {
    return await readFile(path);
  } catch (error) {
    throw new ModelFileError(`${source} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
