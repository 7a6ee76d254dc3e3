import { KeptValueError } from "./errors.ts";

/** Bytes, such as a model's weights, as text in base64: so a task's value, which is JSON, can hand them to later tasks. */
export function bytesAsText(bytes: Uint8Array): string {
  // Some thousand characters at a time: a call takes so many arguments and no more.
  const parts: string[] = [];
  for (let start = 0; start < bytes.length; start += 8192)
    parts.push(String.fromCharCode(...bytes.subarray(start, start + 8192)));
  return btoa(parts.join(""));
}

/** The bytes that `bytesAsText` wrote. @throws KeptValueError for text that is not base64 */
export function textAsBytes(text: string): Uint8Array {
  let characters: string;
  try {
    characters = atob(text);
  } catch {
    throw new KeptValueError(`the text "${text.slice(0, 20)}" of ${text.length} characters is not base64`);
  }
  return Uint8Array.from(characters, (character) => character.charCodeAt(0));
}
