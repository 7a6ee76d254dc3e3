import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { type Peer, threads } from "./peers.ts";

interface Ready {
  parameters: number;
  macs?: number;
  note?: string;
}

interface Timed {
  ms: number[];
  losses: number[];
  /** Resident memory of the process after the steps, in bytes, where it is told. */
  rss?: number;
}

/** A peer that cannot take part, with its reason. */
export class UnavailableError extends Error {
  override name = "UnavailableError";
}

/** The first step may compile for minutes. */
const patience = 300_000;

/** A step in a child process. One line of JSON for each request; other lines of its output are passed over. */
export class Served {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  #errors = "";
  #failure = "";

  constructor(peer: Peer, file: string, environment: Readonly<Record<string, string>> = {}) {
    const [program, ...args] = peer.command;
    const env = { ...process.env, BENCH_THREADS: String(threads), OMP_NUM_THREADS: String(threads), ...environment };
    this.#child = spawn(program, [...args, file], { stdio: ["pipe", "pipe", "pipe"], env });
    this.#child.on("error", (error) => {
      this.#failure = peer.absent ?? error.message;
    });
    this.#child.stdin?.on("error", () => {});
    this.#child.stderr?.on("data", (chunk) => {
      this.#errors = `${this.#errors}${chunk}`.slice(-400);
    });
    this.#answers = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  async #answer<T>(): Promise<T> {
    const timer = setTimeout(() => {
      this.#failure = `no answer in ${patience / 1000} s`;
      this.#child.kill("SIGKILL");
    }, patience);
    try {
      for (;;) {
        const { done, value } = await this.#answers.next();
        if (done) throw new UnavailableError(this.#failure || `ended early: ${this.#errors.trim()}`);
        if (!value.startsWith("{")) continue;
        const message = JSON.parse(value) as T & { error?: string };
        if (message.error !== undefined) throw new UnavailableError(message.error);
        return message;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  ready(): Promise<Ready> {
    return this.#answer();
  }

  run(steps: number): Promise<Timed> {
    this.#child.stdin?.write(`${steps}\n`);
    return this.#answer();
  }

  end(): void {
    this.#child.stdin?.end();
    this.#child.kill();
  }
}
