import { DataFormatError } from "../errors.ts";

/** True for bytes that begin like a gzip member (1f 8b). */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Inflates a gzip file with the platform's own `DecompressionStream`.
 * @throws DataFormatError for a file that is not gzip, is truncated, corrupt, or has bytes after its end
 */
export async function gunzip(bytes: Uint8Array, file: string): Promise<Uint8Array> {
  if (!isGzip(bytes)) {
    const start = Array.from(bytes.subarray(0, 2), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    throw new DataFormatError(file, `begins with the bytes "${start}"`, 'gzip data, which begins with "1f 8b"');
  }
  try {
    const plain = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(plain).arrayBuffer());
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataFormatError(
      file,
      `gzip data of ${bytes.length} bytes that do not inflate (${reason})`,
      "a whole file",
      {
        cause: error,
      },
    );
  }
}
