import { DataFormatError } from "../errors.ts";

/** The text of a UTF-8 file, without a byte order mark. @throws DataFormatError for bytes that are not UTF-8 */
export function parseUtf8(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new DataFormatError(file, `${bytes.length} bytes that are not UTF-8`, "UTF-8 text", { cause: error });
  }
}
