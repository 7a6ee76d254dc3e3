import type { DataSource } from "@paperworks/data";
import type { CheckpointState, Progress, TaskRun } from "./context.ts";
import { InterruptedError, TaskError } from "./errors.ts";
import type { EventSink, Finding } from "./events.ts";
import { decodeJson, encodeJson } from "./json.ts";
import type { RunTimes } from "./result.ts";
import { packState, unpackState } from "./state.ts";
import type { TaskStore } from "./store.ts";

interface ActiveTask {
  readonly task: string;
  readonly seed: number;
  readonly findings: Finding[];
}

/** What is kept of an unfinished task: its own state, and what it has put out before. */
interface Checkpoint {
  readonly state: CheckpointState | undefined;
  readonly findings: readonly Finding[];
}

export interface TaskRunnerOptions {
  readonly store: TaskStore;
  readonly sink: EventSink;
  readonly signal: AbortSignal;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  /** The least time between two kept states of a task. */
  readonly checkpointSeconds: number;
  /** Told again of the datasets that a skipped task read. */
  readonly data: DataSource;
  /** Takes again what a skipped task put out. */
  readonly replay: (finding: Finding) => void;
}

const progressMilliseconds = 100;
const breathMilliseconds = 50;
/** Keeping state takes at most this share of a task's time. */
const checkpointShare = 0.05;

/** Runs the tasks of an experiment one after the other, skips those that are kept, and keeps those that finish. */
export class TaskRunner {
  /** The task under way. */
  active: ActiveTask | undefined;
  /** The task whose function threw. */
  failed: { readonly task: string; readonly seed: number } | undefined;
  readonly times: RunTimes["tasks"][number][] = [];
  readonly #taken = new Set<string>();
  readonly #options: TaskRunnerOptions;

  constructor(options: TaskRunnerOptions) {
    this.#options = options;
  }

  async run<T>(
    task: string,
    { seed, index, count }: { seed: number; index: number; count: number },
    fn: (run: TaskRun) => Promise<T> | T,
  ): Promise<T> {
    const { store, sink, now, data, replay } = this.#options;
    if (typeof task !== "string" || task === "") throw new TaskError("a task needs a name");
    if (this.active !== undefined) {
      throw new TaskError(
        `task "${task}" was started while "${this.active.task}" runs: await each task, and do not nest them`,
      );
    }
    const key = `${seed} ${task}`;
    if (this.#taken.has(key)) throw new TaskError(`two tasks are called "${task}" and have seed ${seed}`);
    this.#taken.add(key);
    // Before any await: a second task started meanwhile has to find this one.
    const active: ActiveTask = { task, seed, findings: [] };
    this.active = active;
    try {
      this.#stopIfAborted();
      const kept = await store.get(task, seed);
      if (kept !== undefined) {
        for (const provenance of kept.data) data.record(provenance);
        for (const finding of kept.findings) replay(finding);
        this.times.push({ task, seed, seconds: kept.seconds, kept: true });
        sink({ type: "task-finished", task, seed, seconds: kept.seconds, kept: true });
        return kept.value as T;
      }
      const packed = await store.getCheckpoint(task, seed);
      sink({ type: "task-started", task, seed, index, count, restored: packed !== undefined });
      const checkpoint = packed === undefined ? undefined : (unpackState(packed) as unknown as Checkpoint);
      for (const finding of checkpoint?.findings ?? []) replay(finding);
      const started = now();
      const returned = await fn(this.#taskRun(active, checkpoint?.state));
      const seconds = (now() - started) / 1000;
      // The value a resumed run would read, so that both runs see the same.
      const value =
        returned === undefined ? undefined : decodeJson(encodeJson(returned, `the value of task "${task}"`));
      await store.put({ task, seed, seconds, value, findings: active.findings, data: data.provenance });
      this.times.push({ task, seed, seconds, kept: false });
      sink({ type: "task-finished", task, seed, seconds, kept: false });
      return value as T;
    } catch (thrown) {
      this.failed = { task, seed };
      throw thrown;
    } finally {
      this.active = undefined;
    }
  }

  #stopIfAborted(): void {
    if (this.#options.signal.aborted) throw new InterruptedError();
  }

  #taskRun(active: ActiveTask, restored: CheckpointState | undefined): TaskRun {
    const { task, seed } = active;
    const { store, sink, signal, now, checkpointSeconds } = this.#options;
    let reported = Number.NEGATIVE_INFINITY;
    let breathed = now();
    let kept = now();
    let pause = checkpointSeconds * 1000;
    const breathe = async () => {
      if (now() - breathed < breathMilliseconds) return;
      await new Promise((resolve) => setTimeout(resolve, 0));
      breathed = now();
    };
    return {
      seed,
      signal,
      restored,
      progress: (report: Progress) => {
        this.#stopIfAborted();
        if (now() - reported >= progressMilliseconds || report.step === report.steps) {
          reported = now();
          sink({ type: "progress", task, seed, report: { ...report } });
        }
        return breathe();
      },
      checkpoint: async (save) => {
        await breathe();
        const due = signal.aborted || now() - kept >= pause;
        if (due) {
          const began = now();
          const checkpoint: Checkpoint = { state: await save(), findings: active.findings };
          const packed = packState(checkpoint as unknown as CheckpointState);
          await store.putCheckpoint(task, seed, packed);
          kept = now();
          pause = Math.max(checkpointSeconds * 1000, (kept - began) / checkpointShare);
          sink({ type: "checkpoint", task, seed, bytes: packed.length });
        }
        this.#stopIfAborted();
        return due;
      },
    };
  }
}
