import type { RunEvent } from "./events.ts";
import { Findings } from "./findings.ts";
import type { Paper } from "./paper.ts";
import { composeResult, type DataProvenance, type RunError, type RunResult, type RunTimes } from "./result.ts";

export type WitnessedRun = Pick<RunResult, "mode" | "seed" | "seeds" | "settings" | "machine">;

/**
 * Follows a run by its events. Of a run whose process, worker or tab is gone it can say what the run itself no longer
 * can: how far it came, what it had measured, and in which task it ended.
 */
export class RunWitness {
  readonly #paper: Paper;
  readonly #run: WitnessedRun;
  readonly #findings: Findings;
  readonly #times: RunTimes["tasks"][number][] = [];
  readonly #started = new Date();
  #data: readonly DataProvenance[] = [];
  #active: { readonly task: string; readonly seed: number } | undefined;
  #result: RunResult | undefined;

  constructor(paper: Paper, run: WitnessedRun) {
    this.#paper = paper;
    this.#run = run;
    const quick = run.mode === "quick";
    this.#findings = new Findings({ paper, quick, provenance: () => this.#data, sink: () => {} });
  }

  /** The run's own result, when it came to give one. */
  get result(): RunResult | undefined {
    return this.#result;
  }

  take(event: RunEvent): void {
    switch (event.type) {
      case "data":
        this.#data = event.data;
        break;
      case "task-started":
        this.#active = { task: event.task, seed: event.seed };
        break;
      case "task-finished": {
        const { task, seed, seconds, kept } = event;
        this.#active = undefined;
        this.#times.push({ task, seed, seconds, kept });
        break;
      }
      case "measured":
        // The run has checked the number of values against its seeds already.
        this.#findings.add(event, new Set([event.values.length]));
        break;
      case "metric":
      case "figure":
      case "table":
      case "image":
      case "model":
      case "cost":
        this.#findings.add(event, new Set());
        break;
      case "finished":
        this.#result = event.result;
        break;
    }
  }

  /** The result of a run that ended without giving one. */
  failed(error: Pick<RunError, "name" | "message" | "stack">): RunResult {
    const { task = null, seed = null } = this.#active ?? {};
    return composeResult(this.#findings, {
      ...this.#run,
      paper: this.#paper,
      status: "failed",
      error: { ...error, task, seed },
      data: this.#data,
      seconds: (Date.now() - this.#started.getTime()) / 1000,
      started: this.#started,
      tasks: this.#times,
    });
  }
}
