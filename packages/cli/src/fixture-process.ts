import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Starts the command as a real process in a folder, with the fixture paper alone, and waits for its end; detached, it
 * leads a group of processes of its own, as in a terminal.
 */
export function startCommand(
  folder: string,
  args: readonly string[],
  onStart: (child: ChildProcess) => void = () => {},
  { detached = false }: { readonly detached?: boolean } = {},
): Promise<Ended> {
  const script = fileURLToPath(new URL("fixture-command.ts", import.meta.url));
  const { PAPERWORKS_DATA: _data, ...environment } = process.env;
  const child = spawn(process.execPath, [script, ...args], {
    cwd: folder,
    detached,
    env: { ...environment, XDG_CACHE_HOME: join(folder, "cache") },
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  onStart(child);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}
