import { appendFileSync, closeSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { parseJson, stringifyJson } from "@paperworks/experiment";
import { ResultFormatError } from "./errors.ts";

/** A line of `events.jsonl`: an event of the run without its bytes, and when it happened (ISO 8601). */
export interface LoggedEvent {
  readonly time: string;
  readonly type: string;
  readonly [key: string]: unknown;
}

/** Puts an event behind the others. */
export function logEvent(file: string, event: LoggedEvent): void {
  appendFileSync(file, `${stringifyJson(event)}\n`);
}

/**
 * The events in order. A last line that is cut short, as a process killed while writing leaves it, is no event.
 * @throws ResultFormatError with the number of any other line that is none
 */
export function readEventLog(file: string): LoggedEvent[] {
  const lines = readFileSync(file, "utf8").split("\n");
  const events: LoggedEvent[] = [];
  for (const [index, line] of lines.entries()) {
    const event = parseEvent(line);
    if (event !== undefined) events.push(event);
    else if (index < lines.length - 1) throw new ResultFormatError(`${file}, line ${index + 1} is no event`);
  }
  return events;
}

/**
 * Makes the log fit to be gone on with: a last line that lacks only its end gets it, one that is cut short is taken
 * away. Every whole event stays.
 */
export function mendEventLog(file: string): void {
  let content: Buffer;
  try {
    content = readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  const whole = content.lastIndexOf(10) + 1;
  if (whole === content.length) return;
  const opened = openSync(file, "r+");
  try {
    if (parseEvent(content.subarray(whole).toString("utf8")) === undefined) ftruncateSync(opened, whole);
    else writeSync(opened, "\n", content.length);
  } finally {
    closeSync(opened);
  }
}

function parseEvent(line: string): LoggedEvent | undefined {
  try {
    const event = parseJson(line) as LoggedEvent | null;
    return typeof event?.type === "string" ? event : undefined;
  } catch {
    return undefined;
  }
}
