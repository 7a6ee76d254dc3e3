import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";

/** A library measured against ours: how it is called, where its files are found, what runs them. */
export interface Peer {
  name: string;
  /** A case has a file `<file>` beside its sizes if the peer takes part in it. */
  file: string;
  /** The program that serves the file over its standard streams (`served.ts`). */
  command: readonly [string, ...string[]];
  /** Environments to try: the fastest one is measured, so that a peer is at its best on this machine. */
  environments?: readonly Readonly<Record<string, string>>[];
  /** What to say when the program cannot be started. */
  absent?: string;
}

export const threads = Math.min(2, availableParallelism());

/** Our threads: where the machine has no more, the engine chooses for each program, as it does for users. */
export const ourThreads = threads === availableParallelism() ? undefined : threads;

const beside = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const node = (...setup: string[]): Peer["command"] => [process.execPath, "--no-warnings", ...setup, beside("serve.ts")];

export const ours: Peer = { name: "paperworks", file: "paperworks.ts", command: node() };

export const peers: readonly Peer[] = [
  { name: "tfjs-wasm", file: "tfjs.ts", command: node() },
  { name: "jax-js-wasm", file: "jax-js.ts", command: node() },
  {
    name: "pytorch",
    file: "pytorch.py",
    command: ["/usr/bin/python3", beside("serve.py")],
    // Threads that spin while they wait are faster on an idle machine and many times slower on a busy one.
    environments: [{}, { OMP_WAIT_POLICY: "passive" }],
    absent: "no /usr/bin/python3 here",
  },
];
