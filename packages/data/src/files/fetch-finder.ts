import { checkInteger } from "../domain.ts";
import { DownloadError } from "../errors.ts";
import type { FileFinder } from "./finder.ts";

/**
 * Files below a web address, for the browser. A candidate is there if the server answers its GET with success; 404, 410
 * and a web page (what servers of single-page applications send for every unknown address) mean absent.
 *
 * @param baseUrl where the candidates' names are appended
 * @throws DownloadError from `find` for any other answer, or none
 */
export function fetchFinder(
  baseUrl: string,
  {
    fetch = globalThis.fetch,
    retries = 1,
  }: {
    fetch?: typeof globalThis.fetch;
    /** How often a failed request is made again. */
    retries?: number;
  } = {},
): FileFinder {
  checkInteger("retries", retries, 0);
  const base = baseUrl.endsWith("/") ? baseUrl : `${baseUrl}/`;
  return {
    async find(candidates) {
      for (const candidate of candidates) {
        const url = base + candidate.split("/").map(encodeURIComponent).join("/");
        const bytes = await get(url, fetch, retries);
        if (bytes !== undefined) return { bytes: async () => bytes, from: url, origin: "folder" };
      }
      return undefined;
    },
  };
}

async function get(url: string, fetch: typeof globalThis.fetch, retries: number): Promise<Uint8Array | undefined> {
  for (let attempt = 0; ; attempt++) {
    try {
      const response = await fetch(url);
      const absent = response.status === 404 || response.status === 410;
      if (absent || response.headers.get("content-type")?.startsWith("text/html")) {
        await response.body?.cancel();
        return undefined;
      }
      if (!response.ok) throw new DownloadError(url, `status ${response.status}`, "200, or 404 for no file");
      return new Uint8Array(await response.arrayBuffer());
    } catch (error) {
      if (attempt < retries) continue;
      if (error instanceof DownloadError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new DownloadError(url, `no answer (${reason})`, "the file, or 404 for none", { cause: error });
    }
  }
}
