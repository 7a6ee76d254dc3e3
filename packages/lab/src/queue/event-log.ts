import type { RunEvent } from "@paperworks/experiment";
import type { LoggedEvent as KeptEvent } from "../event-log.ts";
import type { Database, Queryable } from "./database.ts";
import type { Claim } from "./job.ts";
import { jsonbText } from "./jsonb.ts";

interface WaitingEvent {
  readonly sequence: number;
  readonly at: string;
  readonly event: string;
}

/** Events of one attempt that are not in the database yet. */
export type EventBatch = readonly WaitingEvent[];

/** The time that events wait for others to go with. */
const batchMilliseconds = 500;

/**
 * Takes the events of one attempt and puts them into the database in batches. Where the database does not answer for a
 * while they wait; those of the run's end go with its result.
 */
export class EventLog {
  readonly #database: Database;
  readonly #claim: Claim;
  readonly #timer: NodeJS.Timeout;
  #waiting: WaitingEvent[] = [];
  #sequence = 0;
  #flushing: Promise<void> | undefined;

  constructor(database: Database, claim: Claim) {
    this.#database = database;
    this.#claim = claim;
    this.#timer = setInterval(() => void this.#flush(), batchMilliseconds);
  }

  take(event: RunEvent): void {
    this.#waiting.push({
      sequence: this.#sequence++,
      at: new Date().toISOString(),
      event: jsonbText(withoutBytes(event)),
    });
  }

  /** Takes an event that an earlier attempt kept in its run folder, with its own time. */
  takeEarlier({ time, ...event }: KeptEvent): void {
    this.#waiting.push({ sequence: this.#sequence++, at: time, event: jsonbText(event) });
  }

  /** Ends the log and returns what is not in the database yet. */
  async end(): Promise<EventBatch> {
    clearInterval(this.#timer);
    await this.#flushing;
    return this.#waiting;
  }

  async #flush(): Promise<void> {
    if (this.#flushing !== undefined || this.#waiting.length === 0) return;
    const batch = this.#waiting;
    this.#waiting = [];
    this.#flushing = appendEvents(this.#database, this.#claim, batch).catch(() => {
      // The next flush tries again; a batch that was kept after all is not kept twice.
      this.#waiting = [...batch, ...this.#waiting];
    });
    await this.#flushing;
    this.#flushing = undefined;
  }
}

/** Appends events of the attempt that has the job; those of an attempt that lost it are dropped. */
export async function appendEvents(on: Queryable, { id, attempt }: Claim, events: EventBatch): Promise<void> {
  if (events.length === 0) return;
  await on.query(
    `insert into paperworks.run_events (run, attempt, sequence, at, event)
     select runs.id, runs.attempt, batch.sequence, batch.at, batch.event
     from paperworks.runs, jsonb_to_recordset($3::jsonb) as batch (sequence integer, at timestamptz, event jsonb)
     where runs.id = $1 and runs.attempt = $2 order by batch.sequence
     on conflict (run, attempt, sequence) do nothing`,
    [
      id,
      attempt,
      `[${events.map(({ sequence, at, event }) => `{"sequence":${sequence},"at":"${at}","event":${event}}`)}]`,
    ],
  );
}

/** The event without what belongs in files (pixels, models) or in the table of results. */
function withoutBytes(event: RunEvent): object {
  switch (event.type) {
    case "image": {
      const { pixels: _pixels, ...rest } = event;
      return rest;
    }
    case "model": {
      const { onnx, safetensors, ...rest } = event;
      return { ...rest, bytes: onnx.length, safetensors: safetensors !== undefined };
    }
    case "finished":
      return { type: event.type, status: event.result.status, seconds: event.result.seconds };
    default:
      return event;
  }
}
