import { usualProgramMemory } from "#runtime";
import type { TypedArray } from "./dtype.ts";
import type { Executable, HostValue } from "./runtime/backend.ts";
import { settings } from "./runtime/settings.ts";

/** A model, and how to make a program of it. */
export interface Compilable {
  compile(): Promise<Executable>;
  /** For which the runtime keeps room between calls. */
  readonly peakBytes: number;
}

/** The programs that were called and not put away since, the one not called for longest first, with the bytes they take. */
const awake = new Map<WeakRef<CachedProgram>, number>();
let taken = 0;
/** The one called last, for which there is room. */
let latest: WeakRef<CachedProgram> | undefined;

/** A program that is put away when others need the memory, and is compiled again from its model when it is called. */
export class CachedProgram implements Executable {
  readonly #model: Promise<Compilable>;
  readonly #self = new WeakRef(this);
  #session: Promise<Executable> | undefined;
  /** The session once it is there. */
  #ready: Executable | undefined;

  /** Compiles at once: a failure is told to those who call, and to `compiled`. */
  constructor(model: Promise<Compilable>) {
    this.#model = model;
    this.compiled().catch(() => {});
  }

  compiled(): Promise<Executable> {
    this.#session ??= this.#model.then((model) => model.compile());
    return this.#session;
  }

  /** To be called in its turn: others may be put away for it. */
  run(inputs: readonly HostValue[], outputs: readonly (HostValue | undefined)[]): Promise<TypedArray[]> {
    return this.#ready && latest === this.#self ? this.#ready.run(inputs, outputs) : this.#wake(inputs, outputs);
  }

  async #wake(inputs: readonly HostValue[], outputs: readonly (HostValue | undefined)[]): Promise<TypedArray[]> {
    const { peakBytes } = await this.#model;
    await this.#makeRoom(peakBytes);
    this.#ready = await this.compiled();
    return this.#ready.run(inputs, outputs);
  }

  /** Frees what it holds until it is called again. */
  async dispose(): Promise<void> {
    forget(this.#self);
    const session = this.#session;
    this.#session = undefined;
    this.#ready = undefined;
    // A program that could not be compiled holds nothing; its own callers learn of it.
    const ready = await session?.catch(() => undefined);
    await ready?.dispose();
  }

  async #makeRoom(bytes: number): Promise<void> {
    forget(this.#self);
    awake.set(this.#self, bytes);
    taken += bytes;
    latest = this.#self;
    const limit = settings.programMemory ?? usualProgramMemory;
    for (const program of awake.keys()) {
      if (taken <= limit || program === this.#self) return;
      forget(program);
      await program.deref()?.dispose();
    }
  }
}

function forget(program: WeakRef<CachedProgram>): void {
  taken -= awake.get(program) ?? 0;
  awake.delete(program);
}
