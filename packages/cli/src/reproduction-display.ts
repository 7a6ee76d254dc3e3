import { countVerdicts, type RunEvent, type RunResult } from "@paperworks/experiment";
import { formatDuration, formatEstimate, formatNumber } from "@paperworks/lab/report/numbers";
import type { ReproductionOutcome } from "@paperworks/lab/reproduce/reproduce-many";
import { oneLine } from "./errors.ts";
import { BoardEntry } from "./reproduction-board.ts";
import type { Output } from "./terminal.ts";
import { describeCounts, verdictStyle } from "./verdicts.ts";

/** Shows papers that are reproduced, one or more at once. */
export interface ReproductionDisplay {
  open(slug: string, folder: string, before: "new" | "unfinished" | "finished"): void;
  take(slug: string, event: RunEvent): void;
  close(outcome: ReproductionOutcome): void;
  note(text: string): void;
  end(): void;
}

export interface DisplayedPaper {
  readonly slug: string;
  /** The result of an earlier run, which tells how long each task takes. */
  readonly earlier?: Pick<RunResult, "times">;
}

/** A live table on a terminal, plain lines elsewhere, nothing when it is to be quiet. */
export async function displayReproductions(
  output: Output,
  papers: readonly DisplayedPaper[],
  { quiet = false, now = () => performance.now() }: { readonly quiet?: boolean; readonly now?: () => number } = {},
): Promise<ReproductionDisplay> {
  if (quiet) return silence;
  if (output.stream.isTTY !== true || process.env.TERM === "dumb") return plainLines(output, now);
  const { createLogUpdate } = await import("log-update");
  return new LiveTable(output, papers, createLogUpdate(output.stream), now);
}

const silence: ReproductionDisplay = { open() {}, take() {}, close() {}, note() {}, end() {} };

/** The part of log-update that a table needs. */
export interface LiveRegion {
  (text: string): void;
  persist(text: string): void;
  clear(): void;
  done(): void;
}

const redrawMilliseconds = 100;

/** A row a paper: those that run first, then those that wait, as many as fit; papers that are done stay above. */
export class LiveTable implements ReproductionDisplay {
  readonly #output: Output;
  readonly #entries: Map<string, BoardEntry>;
  readonly #region: LiveRegion;
  readonly #now: () => number;
  readonly #started: number;
  readonly #timer: NodeJS.Timeout;
  readonly #slugWidth: number;

  constructor(output: Output, papers: readonly DisplayedPaper[], region: LiveRegion, now: () => number) {
    this.#output = output;
    this.#entries = new Map(papers.map(({ slug, earlier }) => [slug, new BoardEntry(slug, earlier)]));
    this.#slugWidth = Math.max(...papers.map(({ slug }) => slug.length));
    this.#region = region;
    this.#now = now;
    this.#started = now();
    this.#timer = setInterval(() => this.draw(), redrawMilliseconds);
    this.#timer.unref();
    this.draw();
  }

  open(slug: string, folder: string, before: string): void {
    this.#entry(slug).state = "running";
    if (before === "unfinished") this.note(`${slug}: going on with the unfinished run in ${folder}`);
    this.draw();
  }

  take(slug: string, event: RunEvent): void {
    this.#entry(slug).take(event, this.#now());
  }

  close(outcome: ReproductionOutcome): void {
    const entry = this.#entry(outcome.slug);
    entry.finish(outcome);
    const row = entry.row(this.#output, this.#measures());
    this.#region.persist(`${row}  ${this.#output.style("dim", describeEnd(outcome))}`);
    this.draw();
  }

  note(text: string): void {
    this.#region.persist(text);
    this.draw();
  }

  end(): void {
    clearInterval(this.#timer);
    this.#region.clear();
    this.#region.done();
  }

  draw(): void {
    this.#region(this.text());
  }

  /** The live region: rows and a line about all. */
  text(): string {
    const entries = [...this.#entries.values()];
    const inState = (state: BoardEntry["state"]) => entries.filter((entry) => entry.state === state);
    const [running, waiting] = [inState("running"), inState("waiting")];
    const room = Math.max(1, (this.#output.stream.rows || 24) - 3);
    const shown = [...running, ...waiting].slice(0, room);
    const hidden = running.length + waiting.length - shown.length;
    const rows = shown.map((entry) => entry.row(this.#output, this.#measures()));
    const failed = inState("failed").length;
    const facts = [
      `${inState("done").length} of ${entries.length} done`,
      failed > 0 && `${failed} failed`,
      `${running.length} running`,
      waiting.length > 0 && `${waiting.length} waiting${hidden > 0 ? ` (${hidden} not shown)` : ""}`,
      formatDuration((this.#now() - this.#started) / 1000),
    ];
    return [...rows, this.#output.style("dim", facts.filter(Boolean).join(" · "))].join("\n");
  }

  #measures() {
    return { slugWidth: this.#slugWidth, now: this.#now(), columns: (this.#output.stream.columns || 80) - 1 };
  }

  #entry(slug: string): BoardEntry {
    const entry = this.#entries.get(slug);
    if (entry === undefined) throw new RangeError(`no row for ${slug}`);
    return entry;
  }
}

/** The time between two lines about the progress of one paper. */
const plainMilliseconds = 30_000;

function plainLines(output: Output, now: () => number): ReproductionDisplay {
  const shownAt = new Map<string, number>();
  return {
    open(slug, folder, before) {
      shownAt.set(slug, now());
      const what = { new: "runs", unfinished: "goes on", finished: "was run before" }[before];
      output.line(`${slug}: ${what} in ${folder}`);
    },
    take(slug, event) {
      if (event.type === "measured") {
        const { id, verdict } = event.result;
        output.line(
          `${slug}: claim ${id}: ${formatEstimate(event.result)}, ${output.style(verdictStyle[verdict], verdict)}`,
        );
      } else if (event.type === "progress" && now() - (shownAt.get(slug) ?? 0) >= plainMilliseconds) {
        shownAt.set(slug, now());
        const { step, steps, loss } = event.report;
        const at = loss === undefined ? "" : `, loss ${formatNumber(loss)}`;
        output.line(`${slug}: ${event.task}, seed ${event.seed}: step ${step}/${steps}${at}`);
      }
    },
    close: (outcome) => output.line(`${outcome.slug}: ${describeEnd(outcome)}`),
    note: (text) => output.line(text),
    end() {},
  };
}

/** How a paper came out, in a few words. */
export function describeEnd(outcome: ReproductionOutcome): string {
  if (outcome.type === "waiting") return "not started";
  if (outcome.type === "refused") return oneLine(outcome.error.message);
  const { result, state } = outcome;
  if (result.status === "interrupted") return "stopped; what is done is kept";
  if (result.error !== null) {
    const where = result.error.task === null ? "" : ` in task ${result.error.task}, seed ${result.error.seed}`;
    return `failed${where}: ${result.error.name}: ${oneLine(result.error.message)}`;
  }
  const time = state === "finished" ? "done before" : formatDuration(result.seconds);
  return `${time}: ${describeCounts(countVerdicts(result.claims))}`;
}
