import type { Finding } from "./events.ts";
import type { DataProvenance } from "./result.ts";

/** A finished task: its value, and what it put out on the way. */
export interface TaskRecord {
  readonly task: string;
  readonly seed: number;
  readonly seconds: number;
  readonly value: unknown;
  readonly findings: readonly Finding[];
  /** The datasets that the run had read when the task finished. */
  readonly data: readonly DataProvenance[];
}

/** Where finished tasks and the state of unfinished ones are kept. What is put is there whole or not at all. */
export interface TaskStore {
  get(task: string, seed: number): Promise<TaskRecord | undefined>;
  /** Keeps a finished task and drops its checkpoint. */
  put(record: TaskRecord): Promise<void>;
  getCheckpoint(task: string, seed: number): Promise<Uint8Array | undefined>;
  putCheckpoint(task: string, seed: number, state: Uint8Array): Promise<void>;
}

/** Keeps tasks as long as the page or process lives. */
export function memoryTaskStore(): TaskStore {
  const records = new Map<string, TaskRecord>();
  const checkpoints = new Map<string, Uint8Array>();
  const key = (task: string, seed: number) => `${seed} ${task}`;
  return {
    async get(task, seed) {
      return records.get(key(task, seed));
    },
    async put(record) {
      records.set(key(record.task, record.seed), record);
      checkpoints.delete(key(record.task, record.seed));
    },
    async getCheckpoint(task, seed) {
      return checkpoints.get(key(task, seed));
    },
    async putCheckpoint(task, seed, state) {
      checkpoints.set(key(task, seed), state);
    },
  };
}
