import type { PgBoss } from "pg-boss";

/** A row as the database gives it; say its columns where it is asked for. */
export type Row = Readonly<Record<string, unknown>>;

/** Something that answers SQL: the database itself, or a transaction on it. */
export interface Queryable {
  /** One statement; `$1`, `$2`, … stand for the parameters. A jsonb parameter is given as JSON text. */
  query<R extends Row = Row>(sql: string, parameters?: readonly unknown[]): Promise<R[]>;
  /** Several statements without parameters. */
  execute(sql: string): Promise<void>;
}

/**
 * The one database of Paperworks: the queue and its results, and what the site keeps. PGlite in the process or any
 * PostgreSQL; both speak the same SQL.
 */
export interface Database extends Queryable {
  readonly kind: "pglite" | "postgres";
  /** Where it is, without a password. */
  readonly place: string;
  /** Keeps everything that `work` did, or nothing when it throws. Inside, use what it is given and not the database. */
  transaction<T>(work: (on: Queryable) => Promise<T>): Promise<T>;
  close(): Promise<void>;
  /** How pg-boss reaches the same database. */
  readonly boss: ConstructorParameters<typeof PgBoss>[0];
}

export interface DatabaseOptions {
  /** The folder of the database in the process; `.paperworks/db` if not said. Nothing is kept for "memory:". */
  readonly folder?: string;
  /** A PostgreSQL, as "postgres://…"; else DATABASE_URL, unless a folder was named. */
  readonly url?: string;
}

/**
 * Opens the database and brings its tables to this version.
 * @throws DatabaseError when it cannot be reached, is in use by another process, or is of a later version
 */
export async function openDatabase(
  { folder, url }: DatabaseOptions = {},
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Database> {
  const address = url ?? (folder === undefined ? environment.DATABASE_URL || undefined : undefined);
  const database =
    address === undefined
      ? await (await import("./pglite.ts")).openPglite(folder ?? ".paperworks/db")
      : await (await import("./postgres.ts")).openPostgres(address);
  try {
    await (await import("./migrations.ts")).migrate(database);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}
