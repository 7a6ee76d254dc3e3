import { countVerdicts, type Progress, type RunEvent, type RunResult, type Verdict } from "@paperworks/experiment";
import { formatDuration, formatNumber } from "@paperworks/lab/report/numbers";
import type { ReproductionOutcome } from "@paperworks/lab/reproduce/reproduce-many";
import { progressBar, sparkline } from "./bars.ts";
import type { Output } from "./terminal.ts";
import { verdictStyle } from "./verdicts.ts";

/** Where a paper stands. */
export type PaperState = "waiting" | "running" | "done" | "failed" | "stopped";

/** Losses kept for the sparkline of one task; when there are more, every second one goes. */
const keptLosses = 512;
const barWidth = 10;
const sparkWidth = 12;

const verdictMarks = { reproduced: "✓", missed: "✗", inconclusive: "?", "not judged": "–" } as const satisfies Record<
  Verdict,
  string
>;

/** What is known of one paper of a reproduction while it goes on. */
export class BoardEntry {
  readonly slug: string;
  state: PaperState = "waiting";
  /** Seconds that an earlier run took for each task and seed; with them the bar is that of the whole run. */
  readonly #expected: ReadonlyMap<string, number>;
  readonly #verdicts = new Map<string, Verdict>();
  #task: { name: string; seed: number; index: number; count: number } | undefined;
  #report: Progress | undefined;
  #losses: number[] = [];
  #lossStride = 1;
  #lossCount = 0;
  #doneExpected = 0;
  /** What was done of the run, or of the task's seeds, when the clock was started. */
  #first: { share: number; at: number } | undefined;
  /** The same at the last report. */
  #last: { share: number; at: number } | undefined;

  constructor(slug: string, earlier?: Pick<RunResult, "times">) {
    this.slug = slug;
    this.#expected = new Map(earlier?.times.tasks.map(({ task, seed, seconds }) => [taskKey(task, seed), seconds]));
  }

  get verdicts(): readonly { readonly verdict: Verdict }[] {
    return [...this.#verdicts.values()].map((verdict) => ({ verdict }));
  }

  take(event: RunEvent, now: number): void {
    switch (event.type) {
      case "task-started":
        if (event.task !== this.#task?.name && this.#expected.size === 0) this.#first = this.#last = undefined;
        this.#task = { name: event.task, seed: event.seed, index: event.index, count: event.count };
        this.#report = undefined;
        this.#losses = [];
        [this.#lossStride, this.#lossCount] = [1, 0];
        break;
      case "progress":
        this.#report = event.report;
        if (event.report.loss !== undefined) this.#keepLoss(event.report.loss);
        this.#last = { share: this.share, at: now };
        this.#first ??= this.#last;
        break;
      case "task-finished":
        this.#doneExpected += this.#expected.get(taskKey(event.task, event.seed)) ?? 0;
        this.#report = undefined;
        if (event.kept) this.#first = this.#last = undefined;
        break;
      case "measured":
        this.#verdicts.set(event.claim, event.result.verdict);
        break;
    }
  }

  finish(outcome: ReproductionOutcome): void {
    if (outcome.type === "ran") {
      const { status, claims } = outcome.result;
      this.state = status === "finished" ? "done" : status === "failed" ? "failed" : "stopped";
      if (status === "finished") for (const { id, verdict } of claims) this.#verdicts.set(id, verdict);
    } else {
      this.state = outcome.type === "refused" ? "failed" : "waiting";
    }
  }

  /** 0 … 1: of the run where an earlier one says how long its tasks take, else of the seeds of the task under way. */
  get share(): number {
    if (this.state === "done") return 1;
    const within = this.#report === undefined ? 0 : this.#report.step / this.#report.steps;
    const total = [...this.#expected.values()].reduce((sum, seconds) => sum + seconds, 0);
    if (total > 0) {
      const current = this.#task && this.#report && this.#expected.get(taskKey(this.#task.name, this.#task.seed));
      return Math.min(1, (this.#doneExpected + (current ?? 0) * within) / total);
    }
    if (this.#task === undefined) return 0;
    return Math.min(1, (this.#task.index + within) / this.#task.count);
  }

  /** Seconds until the bar is full, at the pace up to the last report; undefined while that is not known. */
  secondsLeft(now: number): number | undefined {
    if (this.#first === undefined || this.#last === undefined || this.state !== "running") return undefined;
    const gained = this.#last.share - this.#first.share;
    const elapsed = (this.#last.at - this.#first.at) / 1000;
    if (gained <= 0.001 || elapsed <= 0.5) return undefined;
    return Math.max(0, (elapsed / gained) * (1 - this.#last.share) - (now - this.#last.at) / 1000);
  }

  /** One row of the table, at most `columns` characters wide. */
  row(output: Output, { slugWidth, now, columns }: { slugWidth: number; now: number; columns: number }): string {
    const cells: { text: string; style?: Parameters<Output["style"]>[0] }[] = [
      { text: this.slug.padEnd(slugWidth), style: "bold" },
      { text: this.state.padEnd(7), style: stateStyle[this.state] },
    ];
    if (this.state === "running") {
      cells.push({ text: progressBar(this.share, barWidth) });
      cells.push({ text: sparkline(this.#losses, sparkWidth).padEnd(sparkWidth), style: "cyan" });
    }
    const counts = Object.entries(countVerdicts(this.verdicts)) as [Verdict, number][];
    for (const [verdict, count] of counts) {
      if (count > 0) cells.push({ text: `${verdictMarks[verdict]}${count}`, style: verdictStyle[verdict] });
    }
    if (this.state === "running") {
      const seconds = this.secondsLeft(now);
      const left = seconds === undefined ? undefined : `${formatDuration(seconds)} left`;
      // Without an earlier run it is the time of this task's seeds, and stands with them.
      const ofRun = this.#expected.size > 0;
      if (left !== undefined && ofRun) cells.push({ text: left });
      cells.push({ text: this.#describe(ofRun ? undefined : left), style: "dim" });
    }
    let room = columns;
    let row = "";
    for (const { text, style } of cells) {
      const gap = row === "" ? 0 : 1;
      if (room < gap + 3) break;
      const fitting = text.length > room - gap ? `${text.slice(0, room - gap - 1)}…` : text;
      row += " ".repeat(gap) + (style === undefined ? fitting : output.style(style, fitting));
      room -= gap + fitting.length;
    }
    return row;
  }

  #keepLoss(loss: number): void {
    if (this.#lossCount++ % this.#lossStride !== 0) return;
    this.#losses.push(loss);
    if (this.#losses.length < keptLosses) return;
    this.#losses = this.#losses.filter((_, index) => index % 2 === 0);
    this.#lossStride *= 2;
  }

  #describe(left: string | undefined): string {
    if (this.#task === undefined) return "starting";
    const { name, index, count } = this.#task;
    const parts = [count > 1 ? `${name} ${index + 1}/${count}` : name];
    if (left !== undefined) parts.push(left);
    if (this.#report !== undefined) parts.push(`step ${this.#report.step}/${this.#report.steps}`);
    if (this.#report?.loss !== undefined) parts.push(`loss ${formatNumber(this.#report.loss)}`);
    return parts.join(" · ");
  }
}

const stateStyle = {
  waiting: "dim",
  running: "cyan",
  done: "green",
  failed: "red",
  stopped: "yellow",
} as const satisfies Record<PaperState, string>;

function taskKey(task: string, seed: number): string {
  return `${task}\n${seed}`;
}
