import type { Progress, RunEvent } from "@paperworks/experiment";
import { formatDuration, formatEstimate, formatNumber } from "@paperworks/lab/report/numbers";
import type { Output } from "./terminal.ts";
import { verdictStyle } from "./verdicts.ts";

/** The time between two lines about one task where the output is no terminal. */
const plainMilliseconds = 10_000;

/**
 * Shows a run as it goes: on a terminal one line that changes, with step, loss and time left; elsewhere plain lines,
 * few of them. Finished tasks and measured claims stay as lines of their own.
 */
export class ProgressDisplay {
  readonly #output: Output;
  readonly #now: () => number;
  readonly #isTerminal: boolean;
  #label = "";
  #first: { step: number; at: number } | undefined;
  #shownAt = 0;
  #lineIsOpen = false;

  constructor(output: Output, { now = () => performance.now() }: { now?: () => number } = {}) {
    this.#output = output;
    this.#now = now;
    this.#isTerminal = output.stream.isTTY === true;
  }

  take(event: RunEvent): void {
    switch (event.type) {
      case "task-started":
        this.#label = `${event.task} ${event.count > 1 ? `${event.index + 1}/${event.count}` : ""}`.trimEnd();
        this.#first = undefined;
        this.#shownAt = this.#now();
        if (event.restored) this.#keep(`${this.#label}: goes on from its checkpoint`);
        else if (this.#isTerminal) this.#show(this.#label);
        break;
      case "progress":
        this.#progress(event.report);
        break;
      case "task-finished": {
        const time = event.kept ? "kept from before" : formatDuration(event.seconds);
        this.#keep(`${event.task}, seed ${event.seed}: ${time}`);
        break;
      }
      case "measured": {
        const { id, verdict } = event.result;
        this.#keep(
          `claim ${id}: ${formatEstimate(event.result)}, ${this.#output.style(verdictStyle[verdict], verdict)}`,
        );
        break;
      }
      case "log":
        this.#keep(event.message);
        break;
    }
  }

  /** A line that stays, above the line that changes. */
  note(text: string): void {
    this.#keep(text);
  }

  /** Takes the changing line away. */
  end(): void {
    if (this.#lineIsOpen) this.#output.stream.write("\r\u001b[2K");
    this.#lineIsOpen = false;
  }

  #progress(report: Progress): void {
    const at = this.#now();
    this.#first ??= { step: report.step, at };
    if (this.#isTerminal) {
      this.#show(this.#describe(report, at));
    } else if (at - this.#shownAt >= plainMilliseconds) {
      this.#output.line(this.#describe(report, at));
      this.#shownAt = at;
    }
  }

  #describe({ step, steps, loss }: Progress, at: number): string {
    const parts = [this.#label, `step ${step}/${steps}`];
    if (loss !== undefined) parts.push(`loss ${formatNumber(loss)}`);
    const { step: firstStep, at: firstAt } = this.#first!;
    if (step > firstStep && step < steps) {
      const left = (((at - firstAt) / (step - firstStep)) * (steps - step)) / 1000;
      parts.push(`${formatDuration(left)} left`);
    }
    return parts.join(" · ");
  }

  #show(text: string): void {
    const width = (this.#output.stream.columns || 80) - 1;
    const fitting = text.length > width ? `${text.slice(0, width - 1)}…` : text;
    this.#output.stream.write(`\r\u001b[2K${fitting}`);
    this.#lineIsOpen = true;
  }

  #keep(text: string): void {
    this.end();
    this.#output.line(text);
  }
}
