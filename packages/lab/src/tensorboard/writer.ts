import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../atomic-file.ts";
import { encodeEvent, type TensorBoardEvent } from "./event.ts";
import { frameRecord } from "./record.ts";

type Content<T = TensorBoardEvent> = T extends TensorBoardEvent ? Omit<T, "seconds" | "step"> : never;

/**
 * Writes one event file, which TensorBoard can read while it grows: `events.out.tfevents.<seconds>.paperworks` in a folder
 * that TensorBoard shows as one run.
 */
export class TensorBoardWriter {
  readonly file: string;

  /** @param step the first step that will be written: what earlier files of the folder hold from there on is dropped */
  constructor(folder: string, { step = 0 }: { step?: number } = {}) {
    makeFolder(folder);
    this.file = freshFile(folder);
    this.#append({ type: "version", seconds: now(), step: 0 });
    if (step > 0) this.#append({ type: "begin", seconds: now(), step });
  }

  write(step: number, content: Exclude<Content, { type: "version" | "begin" }>): void {
    this.#append({ ...content, seconds: now(), step } as TensorBoardEvent);
  }

  #append(event: TensorBoardEvent): void {
    appendFileSync(this.file, frameRecord(encodeEvent(event)));
  }
}

const now = () => Date.now() / 1000;

/** TensorBoard reads the files of a folder in the order of their names. */
function freshFile(folder: string): string {
  const seconds = String(Math.floor(now())).padStart(10, "0");
  for (let attempt = 1; ; attempt++) {
    const file = join(folder, `events.out.tfevents.${seconds}.paperworks.${String(attempt).padStart(3, "0")}`);
    if (!existsSync(file)) return file;
  }
}
