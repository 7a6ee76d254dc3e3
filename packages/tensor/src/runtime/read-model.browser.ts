import { ModelFileError } from "./model-file.ts";

/** The bytes behind a URL, relative ones as the page resolves them. */
export async function readModel(source: string | URL): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await fetch(source);
  } catch (error) {
    throw new ModelFileError(`${source} cannot be fetched: ${(error as Error).message}`, { cause: error });
  }
  if (!response.ok) throw new ModelFileError(`${source} cannot be fetched: the server answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
