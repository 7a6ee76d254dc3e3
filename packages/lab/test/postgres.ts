import { execFileSync } from "node:child_process";
import { chownSync, existsSync, globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** A PostgreSQL of its own for a test, in a temporary folder, behind a socket that is in it too. */
export interface PostgresServer {
  readonly url: string;
  /** Ends every connection at once, as a crash does, and starts again. */
  restart(): void;
  stop(): void;
}

/** The folder of PostgreSQL's programs: on the path, or where Debian puts them; undefined without any. */
export function findPostgres(): string | undefined {
  const debian = globSync("/usr/lib/postgresql/*/bin").sort((a, b) => b.localeCompare(a, undefined, { numeric: true }));
  const folders = [...debian, ...(process.env.PATH ?? "").split(delimiter)];
  return folders.find((folder) => ["initdb", "pg_ctl", "postgres"].every((name) => existsSync(join(folder, name))));
}

/** Makes a cluster and starts it. PostgreSQL refuses to run as root, so root runs it as another user. */
export function startPostgres(programs: string): PostgresServer {
  const folder = mkdtempSync(join(tmpdir(), "paperworks-postgres-"));
  const user = process.getuid?.() === 0 ? unprivilegedUser() : undefined;
  if (user !== undefined) chownSync(folder, idOf("-u", user), idOf("-g", user));
  const run = (program: string, ...args: string[]) => {
    const line = [join(programs, program), ...args];
    const [command, ...rest] = user === undefined ? line : ["runuser", "-u", user, "--", ...line];
    execFileSync(command, rest, { cwd: folder, stdio: "ignore" });
  };
  const data = join(folder, "data");
  const stop = () => {
    process.off("exit", stop);
    if (existsSync(join(data, "postmaster.pid"))) run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop");
    rmSync(folder, { recursive: true, force: true });
  };
  process.on("exit", stop);
  const options = `-c listen_addresses='' -c unix_socket_directories='${folder}' -c fsync=off`;
  const start = () => run("pg_ctl", "-D", data, "-l", join(folder, "log"), "-o", options, "-w", "start");
  try {
    run("initdb", "-D", data, "-U", "paperworks", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync");
    start();
  } catch (error) {
    stop();
    throw error;
  }
  return {
    url: `postgres://paperworks@localhost/postgres?host=${encodeURIComponent(folder)}`,
    restart() {
      run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop");
      start();
    },
    stop,
  };
}

function unprivilegedUser(): string {
  for (const user of ["postgres", "nobody"]) {
    try {
      idOf("-u", user);
      return user;
    } catch {}
  }
  throw new Error("PostgreSQL does not run as root, and there is neither a user postgres nor nobody");
}

function idOf(which: "-u" | "-g", user: string): number {
  return Number(execFileSync("id", [which, user], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
}
