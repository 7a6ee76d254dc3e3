import { expect, test } from "vitest";
import { bytesAsText, textAsBytes } from "./bytes-as-text.ts";

test("bytes come back from text as they were, few and many", () => {
  for (const count of [0, 1, 2, 3, 100_001]) {
    const bytes = Uint8Array.from({ length: count }, (_, i) => (i * 37) % 256);
    expect(textAsBytes(bytesAsText(bytes))).toEqual(bytes);
  }
});

test("text that is not base64 is refused", () => {
  expect(() => textAsBytes("{}")).toThrow(/"\{\}" of 2 characters is not base64/);
});
