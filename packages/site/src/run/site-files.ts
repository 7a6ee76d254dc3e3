import { DownloadError, type FileFinder } from "@paperworks/data";

/** The data files of the machine that serves this page, for a visitor who may have them. */
export const siteFiles: FileFinder = {
  async find(candidates) {
    const query = new URLSearchParams(candidates.map((name) => ["name", name]));
    const answer = await fetch(`/api/data?${query}`);
    if (answer.status === 204) return undefined;
    if (!answer.ok) throw new DownloadError(candidates[0], `status ${answer.status}`, "the file, or 204 for none");
    const bytes = new Uint8Array(await answer.arrayBuffer());
    return { bytes: async () => bytes, from: answer.headers.get("x-name") ?? candidates[0], origin: "folder" };
  },
};
