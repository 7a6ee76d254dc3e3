import { parse as parseDuration } from "@lukeed/ms";
import { parse as parseBytes } from "bytes";
import { InvalidArgumentError } from "commander";

/** Seconds of a time such as `90s`, `10m` or `1.5h`. */
export function duration(text: string): number {
  const milliseconds = /\d\s*[a-z]+$/i.test(text.trim()) ? parseDuration(text.trim()) : undefined;
  if (milliseconds !== undefined && milliseconds > 0) return milliseconds / 1000;
  throw new InvalidArgumentError("It takes a time with its unit, such as 90s, 10m or 2h.");
}

/** Bytes of a size such as `800mb` or `4gb` (of 1024 each). */
export function byteSize(text: string): number {
  const size = /^\d+(?:\.\d+)?\s*[kmgt]i?b?$/i.test(text.trim()) ? parseBytes(unit(text)) : null;
  if (size !== null && size > 0) return size;
  throw new InvalidArgumentError("It takes a size with its unit, such as 800mb or 4gb.");
}

/** `4g` and `4GiB` are `4gb`. */
function unit(text: string): string {
  return text.trim().replace(/\s*([kmgt])i?b?$/i, "$1b");
}
