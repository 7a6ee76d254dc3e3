import { join } from "node:path";
import type { RunEvent } from "@paperworks/experiment";
import { encode } from "fast-png";
import { TensorBoardWriter } from "./writer.ts";

/**
 * Writes a run's events for TensorBoard (`tensorboard --logdir <run>/tensorboard`): a folder a task and seed, so that the
 * curves of all seeds lie over each other under one tag, and a folder `run` for metrics, claims (the place among the seeds
 * as step) and images.
 */
export class TensorBoardLog {
  readonly #folder: string;
  readonly #writers = new Map<string, TensorBoardWriter>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  take(event: RunEvent): void {
    switch (event.type) {
      case "progress": {
        const { step, steps: _steps, ...measures } = event.report;
        const writer = this.#writer(`${encodeURIComponent(event.task)}.${event.seed}`, step);
        for (const [tag, value] of Object.entries(measures)) {
          if (value !== undefined) writer.write(step, { type: "scalar", tag, value });
        }
        break;
      }
      case "metric":
        this.#list(`metrics/${event.name}`, event.values);
        break;
      case "measured":
        this.#list(`claims/${event.claim}`, event.values);
        break;
      case "image": {
        const { name, width, height, channels, pixels } = event;
        const png = encode({ width, height, channels, data: pixels });
        this.#writer("run").write(0, { type: "image", tag: `images/${name}`, width, height, channels, png });
        break;
      }
    }
  }

  #list(tag: string, values: readonly number[]): void {
    for (const [step, value] of values.entries()) this.#writer("run").write(step, { type: "scalar", tag, value });
  }

  #writer(name: string, step = 0): TensorBoardWriter {
    const open = this.#writers.get(name);
    if (open !== undefined) return open;
    const writer = new TensorBoardWriter(join(this.#folder, name), { step });
    this.#writers.set(name, writer);
    return writer;
  }
}
