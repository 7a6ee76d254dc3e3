import { type Database, migrate } from "@paperworks/lab/queue";
import { type Day, dayOf, endOf } from "./days.ts";
import { siteMigrations } from "./migrations.ts";
import { catalogueOn, type ListedPaper, listCatalogue, readPaperList } from "./paper-list.ts";
import { signingKey } from "./secrets.ts";
import { type Tally, tallyVotes } from "./votes.ts";

export type Clock = () => Date;

/** The time for which what was read is given again without asking: another process may have changed it. */
const staleMilliseconds = 2000;
/** Days whose votes are remembered at a time. */
const rememberedDays = 32;

interface Remembered<T> {
  readonly at: number;
  readonly value: Promise<T>;
}

/**
 * What the pages need of the database. It may still be opening, which takes seconds for an empty one: until then the list
 * is the catalogue without votes.
 */
export class SiteStore {
  readonly clock: Clock;
  readonly #opening: Promise<Database>;
  #database: Database | undefined;
  #list: Remembered<readonly ListedPaper[]> | undefined;
  readonly #tallies = new Map<Day, Remembered<Map<string, Tally>>>();
  #key: Promise<string> | undefined;
  /** Grows with everything that changes here. */
  version = 0;

  /** @param database whose tables are brought to this version here; a failure is told by `database()` */
  constructor(database: Database | Promise<Database>, clock: Clock) {
    this.clock = clock;
    this.#opening = (async () => {
      const opened = await database;
      await migrate(opened, siteMigrations);
      await listCatalogue(opened, clock());
      this.#database = opened;
      this.version++;
      return opened;
    })();
    this.#opening.catch(() => {});
  }

  /** @throws DatabaseError when it could not be opened */
  database(): Promise<Database> {
    return this.#opening;
  }

  /** Whether the database has answered yet. */
  get isReady(): boolean {
    return this.#database !== undefined;
  }

  today(): Day {
    return dayOf(this.clock());
  }

  async papers(): Promise<readonly ListedPaper[]> {
    const database = this.#database;
    if (database === undefined) return catalogueOn(this.today());
    this.#list = remember(this.#list, () => readPaperList(database));
    return this.#list.value;
  }

  /** Votes as of a day: now for today, its end for a day that is over. */
  async tallies(day: Day): Promise<ReadonlyMap<string, Tally>> {
    const database = this.#database;
    if (database === undefined) return new Map();
    const tally = remember(this.#tallies.get(day), () => tallyVotes(database, this.momentOf(day)));
    this.#tallies.delete(day);
    this.#tallies.set(day, tally);
    if (this.#tallies.size > rememberedDays) this.#tallies.delete(this.#tallies.keys().next().value!);
    return tally.value;
  }

  /** The moment as of which a day is shown. */
  momentOf(day: Day): Date {
    const now = this.clock();
    return day >= dayOf(now) ? now : endOf(day);
  }

  async cookieKey(): Promise<string> {
    this.#key ??= this.#opening.then(signingKey);
    return this.#key;
  }

  /** Forgets what was read: something was written. */
  changed(): void {
    this.#list = undefined;
    this.#tallies.clear();
    this.version++;
  }
}

function remember<T>(before: Remembered<T> | undefined, read: () => Promise<T>): Remembered<T> {
  if (before !== undefined && performance.now() - before.at < staleMilliseconds) return before;
  return { at: performance.now(), value: read() };
}
