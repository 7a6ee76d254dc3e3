import { chmodSync, rmSync } from "node:fs";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { DatabaseError } from "./errors.ts";
import { framesOf, sendFrame } from "./frames.ts";

/** What one speaks to a database in a process with; PGlite is one. */
export interface Session {
  query<T>(sql: string, parameters?: unknown[]): Promise<{ rows: T[] }>;
  exec(sql: string): Promise<{ rows: unknown[] }[]>;
}

/** A session whose transactions are its own. */
export interface SharedSession extends Session {
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T>;
}

type Call = { readonly what: "query" | "exec" | "begin" | "commit" | "rollback"; sql?: string; parameters?: unknown[] };
type Answer = { readonly value: unknown } | { readonly error: { message: string; code?: string } };

/** The longest name of a socket that all systems take. */
const longestPath = 100;
/** A transaction whose owner has said nothing for so long is rolled back: all others wait for it. */
const silence = 30_000;

/** Where the process that has a database's folder lets others in; undefined where no name for that is short enough. */
export function socketOf(folder: string): string | undefined {
  const path = `${folder}.socket`;
  return process.platform === "win32" || path.length > longestPath ? undefined : path;
}

/**
 * Lets other processes of this user into a database that this one has: each of their connections is answered in the order of its
 * calls, a transaction is a connection of its own, and one that breaks off is rolled back.
 */
export async function shareSession(session: SharedSession, path: string): Promise<{ close(): Promise<void> }> {
  rmSync(path, { force: true });
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket);
    socket.on("close", () => connections.delete(socket));
    socket.on("error", () => {});
    void serve(session, socket).catch(() => socket.destroy());
  });
  await listenOn(server, path);
  chmodSync(path, 0o600);
  server.unref();
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of connections) socket.destroy();
      }),
  };
}

const listenOn = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });

async function serve(session: SharedSession, socket: Socket): Promise<void> {
  const calls = framesOf(socket);
  for (let next = await calls.next(); !next.done; next = await calls.next()) {
    const call = next.value as Call;
    if (call.what === "begin") await serveTransaction(session, socket, calls);
    else await answer(socket, session, call);
  }
  socket.end();
}

class RolledBack extends Error {}

/** Answers calls inside one transaction until the owner ends it, goes, or falls silent. */
async function serveTransaction(session: SharedSession, socket: Socket, calls: AsyncGenerator<unknown>): Promise<void> {
  try {
    await session.transaction(async (inner) => {
      sendFrame(socket, { value: null });
      for (;;) {
        socket.setTimeout(silence, () => socket.destroy());
        const next = await calls.next();
        socket.setTimeout(0);
        const call = next.done ? undefined : (next.value as Call);
        if (call === undefined || call.what === "rollback") throw new RolledBack();
        if (call.what === "commit") return;
        await answer(socket, inner, call);
      }
    });
    sendFrame(socket, { value: null });
  } catch (error) {
    if (socket.destroyed) return;
    sendFrame(socket, error instanceof RolledBack ? { value: null } : { error: errorOf(error) });
  }
}

async function answer(socket: Socket, session: Session, { what, sql = "", parameters }: Call): Promise<void> {
  try {
    const value = what === "exec" ? await session.exec(sql) : await session.query(sql, parameters);
    const rows = Array.isArray(value) ? value.map((one) => ({ rows: one.rows })) : { rows: value.rows };
    sendFrame(socket, { value: rows });
  } catch (error) {
    sendFrame(socket, { error: errorOf(error) });
  }
}

function errorOf(error: unknown): { message: string; code?: string } {
  const { message, code } = error as { message: string; code?: string };
  return { message, ...(code === undefined ? {} : { code }) };
}

/**
 * A session in the process that has the database.
 * @returns undefined when nobody lets others in there
 */
export async function joinSession(path: string): Promise<(SharedSession & { close(): void }) | undefined> {
  const first = await connect(path);
  if (first === undefined) return undefined;
  return {
    ...sessionOver(first),
    async transaction(work) {
      const own = await connect(path);
      if (own === undefined) throw ended();
      try {
        await own.call({ what: "begin" });
        let value: Awaited<ReturnType<typeof work>>;
        try {
          value = await work(sessionOver(own));
        } catch (error) {
          await own.call({ what: "rollback" }).catch(() => {});
          throw error;
        }
        await own.call({ what: "commit" });
        return value;
      } finally {
        own.close();
      }
    },
    close: () => first.close(),
  };
}

interface Connection {
  call(call: Call): Promise<unknown>;
  close(): void;
}

function connect(path: string): Promise<Connection | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once("error", () => resolve(undefined));
    socket.once("connect", () => resolve(connectionOver(socket)));
  });
}

function connectionOver(socket: Socket): Connection {
  const waiting: { resolve(value: unknown): void; reject(error: Error): void }[] = [];
  let over = false;
  socket.on("error", () => {});
  void (async () => {
    for await (const frame of framesOf(socket)) {
      const caller = waiting.shift();
      const answered = frame as Answer;
      if ("value" in answered) caller?.resolve(answered.value);
      else caller?.reject(Object.assign(new Error(answered.error.message), answered.error));
    }
    over = true;
    for (const { reject } of waiting.splice(0)) reject(ended());
  })();
  return {
    call: (call) =>
      new Promise((resolve, reject) => {
        if (over) return reject(ended());
        waiting.push({ resolve, reject });
        sendFrame(socket, call);
      }),
    close: () => socket.end(),
  };
}

const sessionOver = ({ call }: Connection): Session => ({
  query: async <T>(sql: string, parameters?: unknown[]) =>
    (await call({ what: "query", sql, parameters })) as { rows: T[] },
  exec: async (sql) => (await call({ what: "exec", sql })) as { rows: unknown[] }[],
});

const ended = (): DatabaseError => new DatabaseError("the process that has the database has ended");
