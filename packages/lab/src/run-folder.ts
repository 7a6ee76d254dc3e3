import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import {
  parseJson,
  type RunEvent,
  type RunMode,
  type RunResult,
  resultVersion,
  type SettingValue,
  stringifyJson,
  type TaskStore,
} from "@paperworks/experiment";
import { encode } from "fast-png";
import { makeFolder, writeFileAtomic } from "./atomic-file.ts";
import { ResultFormatError, RunFolderError } from "./errors.ts";
import { logEvent, mendEventLog } from "./event-log.ts";
import { fileTaskStore } from "./task-files.ts";

/** What makes two runs the same run, so that one can go on where the other stopped. */
export interface RunIdentity {
  readonly slug: string;
  readonly mode: RunMode;
  readonly seed: number;
  readonly seeds: number | null;
  readonly settings: Readonly<Record<string, SettingValue>>;
  /** The folder of data, when one was named. */
  readonly data: string | null;
}

/** "new": nothing was there; "unfinished": a run to go on with; "finished": a run with its result. */
export type RunFolderState = "new" | "unfinished" | "finished";

/**
 * The files of one run:
 *
 *   run.json         which run this is           events.jsonl   what happened, one line an event, only appended to
 *   result.json      what it came to             tasks/         kept tasks and checkpoints
 *   figures/ tables/ images/ *.onnx *.safetensors report.html
 */
export class RunFolder {
  readonly path: string;
  readonly state: RunFolderState;

  /**
   * Opens a folder for a run, and makes it if it is not there.
   * @throws RunFolderError when it cannot be written, holds another run or other files
   */
  constructor(path: string, identity: RunIdentity) {
    this.path = resolve(path);
    try {
      makeFolder(this.path);
      const holds = readdirSync(this.path);
      if (holds.includes("run.json")) {
        this.#requireSame(identity);
        this.state = this.#stateOfKept();
      } else if (holds.length > 0) {
        throw new RunFolderError(
          this.path,
          `it holds other files (${holds.slice(0, 3).join(", ")}); name a new folder`,
        );
      } else {
        this.state = "new";
      }
      // Also the test that the folder can be written.
      if (this.state !== "finished") writeFileAtomic(join(this.path, "run.json"), `${stringifyJson(identity, 2)}\n`);
    } catch (error) {
      if (error instanceof RunFolderError || error instanceof ResultFormatError) throw error;
      throw new RunFolderError(this.path, `it cannot be written (${(error as Error).message})`, { cause: error });
    }
  }

  get tasks(): TaskStore {
    return fileTaskStore(join(this.path, "tasks"));
  }

  /** Keeps what an event carries in files, and appends the event, without its bytes, to `events.jsonl`. */
  take(event: RunEvent): void {
    const { type, ...rest } = this.#keep(event);
    logEvent(join(this.path, "events.jsonl"), { time: new Date().toISOString(), type, ...rest });
  }

  /** Makes the log whole again after a process died while it wrote. */
  mend(): void {
    mendEventLog(join(this.path, "events.jsonl"));
  }

  /** Writes a file of the run, whole or not at all. */
  write(name: string, content: string | Uint8Array): void {
    writeFileAtomic(join(this.path, name), content);
  }

  read(name: string): Buffer {
    return readFileSync(join(this.path, name));
  }

  has(name: string): boolean {
    return statSync(join(this.path, name), { throwIfNoEntry: false })?.isFile() ?? false;
  }

  readResult(): RunResult {
    return readResult(join(this.path, "result.json"));
  }

  #keep(event: RunEvent): { readonly type: string; readonly [key: string]: unknown } {
    switch (event.type) {
      case "figure": {
        const { spec, ...rest } = event;
        const file = `figures/${event.name}.vl.json`;
        this.write(file, `${JSON.stringify(spec, undefined, 1)}\n`);
        return { ...rest, file };
      }
      case "table": {
        const { name, columns, rows } = event;
        const lines = [columns, ...rows].map((row) => row.map(csvCell).join(","));
        this.write(`tables/${name}.csv`, `${lines.join("\n")}\n`);
        return { ...event };
      }
      case "image": {
        const { pixels, ...rest } = event;
        const { width, height, channels } = event;
        const file = `images/${event.name}.png`;
        this.write(file, encode({ width, height, channels, data: pixels }));
        return { ...rest, file };
      }
      case "model": {
        const { onnx, safetensors, ...rest } = event;
        this.write(`${event.name}.onnx`, onnx);
        if (safetensors !== undefined) this.write(`${event.name}.safetensors`, safetensors);
        else rmSync(join(this.path, `${event.name}.safetensors`), { force: true });
        return { ...rest, file: `${event.name}.onnx`, bytes: onnx.length };
      }
      case "finished": {
        this.write("result.json", `${stringifyJson(event.result, 2)}\n`);
        return { type: "finished", status: event.result.status, seconds: event.result.seconds };
      }
      default:
        return { ...event };
    }
  }

  #requireSame(identity: RunIdentity): void {
    let kept: RunIdentity;
    try {
      kept = parseJson(this.read("run.json").toString("utf8")) as RunIdentity;
    } catch (error) {
      throw new RunFolderError(this.path, `its run.json cannot be read (${(error as Error).message})`);
    }
    const other = differenceOf(kept, identity);
    if (other === undefined) return;
    throw new RunFolderError(
      this.path,
      `it holds a run with ${other}; name another folder, or start anew there (--force)`,
    );
  }

  #stateOfKept(): RunFolderState {
    if (!this.has("result.json")) return "unfinished";
    return this.readResult().status === "finished" ? "finished" : "unfinished";
  }
}

/** @throws ResultFormatError for a file that is no result of a version known here */
export function readResult(file: string): RunResult {
  let result: RunResult;
  try {
    result = parseJson(readFileSync(file, "utf8")) as RunResult;
  } catch (error) {
    throw new ResultFormatError(`${file} cannot be read: ${(error as Error).message}`);
  }
  if (result?.format !== "paperworks-result" || !(result.version <= resultVersion)) {
    throw new ResultFormatError(`${file} is no result of version ${resultVersion} or before`);
  }
  return result;
}

/** The first thing in which a kept run is another: `seed 0, not 1`. */
function differenceOf(kept: RunIdentity, asked: RunIdentity): string | undefined {
  const { settings: keptSettings, ...keptRest } = kept;
  const { settings: askedSettings, ...askedRest } = asked;
  return firstDifference(keptRest, askedRest, "") ?? firstDifference(keptSettings, askedSettings, "setting ");
}

function firstDifference(kept: object, asked: object, kind: string): string | undefined {
  const [before, now] = [new Map(Object.entries(kept)), new Map(Object.entries(asked))];
  for (const key of new Set([...now.keys(), ...before.keys()])) {
    const [was, is] = [before.get(key), now.get(key)];
    if (!isDeepStrictEqual(was, is)) return `${kind}${key} ${JSON.stringify(was)}, not ${JSON.stringify(is)}`;
  }
  return undefined;
}

function csvCell(cell: string | number | boolean | null): string {
  const text = cell === null ? "" : String(cell);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
