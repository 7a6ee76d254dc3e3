import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { DownloadError } from "../errors.ts";
import type { PublishedFile } from "../published.ts";

export interface DownloadOptions {
  readonly fetch: typeof globalThis.fetch;
  readonly signal?: AbortSignal;
  /** How often a broken connection is taken up again before giving up. */
  readonly retries: number;
  readonly onProgress?: (bytes: number) => void;
}

/**
 * Brings a published file to `path`. It grows in `path.part`, which stays when the connection breaks and is gone on with
 * by a `Range` request, in this call or a later one; only a file of the right size and SHA-256 is renamed to `path`.
 *
 * @throws DownloadError for an answer that is no success, a connection that keeps breaking, or a wrong size or checksum
 * (then the part is thrown away); the signal's reason if it is aborted (the part stays)
 */
export async function download(file: PublishedFile, path: string, options: DownloadOptions): Promise<void> {
  const part = `${path}.part`;
  await mkdir(dirname(path), { recursive: true });
  // Without a checksum nothing would show that the two halves are of one file: begin again.
  if (file.sha256 === undefined) await rm(part, { force: true });
  for (let attempt = 0; ; attempt++) {
    options.signal?.throwIfAborted();
    try {
      await receive(file, part, options);
      break;
    } catch (error) {
      options.signal?.throwIfAborted();
      if (error instanceof DownloadError) throw error;
      if (file.sha256 === undefined) await rm(part, { force: true });
      if (attempt < options.retries) continue;
      const size = await sizeOf(part);
      throw new DownloadError(
        file.url,
        `the connection broke after ${size} bytes (${reasonOf(error)})`,
        "the whole file",
        {
          cause: error,
        },
      );
    }
  }
  await verify(file, part);
  await rename(part, path);
}

/** Appends to the part what it lacks. */
async function receive(file: PublishedFile, part: string, options: DownloadOptions): Promise<void> {
  const have = await sizeOf(part);
  if (have > 0 && have === file.bytes) return;
  const headers: Record<string, string> = have > 0 ? { range: `bytes=${have}-` } : {};
  const response = await options.fetch(file.url, { headers, signal: options.signal ?? null });
  if (response.status === 416) {
    // The part is as long as the file or longer: what it is worth, the checksum will tell.
    await response.body?.cancel();
    return;
  }
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new DownloadError(file.url, `status ${response.status}`, "200 or 206");
  }
  const resumed = response.status === 206;
  if (resumed && !response.headers.get("content-range")?.startsWith(`bytes ${have}-`)) {
    await response.body.cancel();
    const range = response.headers.get("content-range") ?? "none";
    throw new DownloadError(file.url, `content-range "${range}"`, `"bytes ${have}-…"`);
  }
  const handle = await open(part, resumed ? "a" : "w");
  let received = resumed ? have : 0;
  const announced = Number(response.headers.get("content-length") ?? Number.NaN);
  // With a content encoding the announced length is that of the encoded bytes.
  const expected = response.headers.has("content-encoding") ? Number.NaN : received + announced;
  try {
    for await (const chunk of response.body) {
      await handle.writeFile(chunk);
      received += chunk.length;
      options.onProgress?.(received);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (received < expected) throw new Error(`${received} of ${expected} bytes`);
}

async function verify(file: PublishedFile, part: string): Promise<void> {
  const size = await sizeOf(part);
  if (file.bytes !== undefined && size !== file.bytes) {
    await rm(part, { force: true });
    throw new DownloadError(file.url, `${size} bytes`, `${file.bytes} bytes`);
  }
  if (file.sha256 === undefined) return;
  const sha256 = (await hashOf(part)).digest("hex");
  if (sha256 !== file.sha256) {
    await rm(part, { force: true });
    throw new DownloadError(file.url, `SHA-256 ${sha256}`, file.sha256);
  }
}

async function hashOf(path: string): Promise<Hash> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash;
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return 0;
    throw error;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
