import { backend } from "#backend";
import { blockOf } from "./blocked-layout.ts";
import { CachedProgram, type Compilable } from "./cached-program.ts";
import { allNodes, type LowerOptions, lowerProgram, type Model, schedule } from "./onnx/lower.ts";
import { peakOf } from "./peak-memory.ts";
import type { Backend, Executable } from "./runtime/backend.ts";
import { settings } from "./runtime/settings.ts";
import { structureOf } from "./structure.ts";
import type { Tensor } from "./tensor.ts";

interface Compiled {
  executable: Executable;
  /** Held by a compiled function, which may run it at any time. */
  kept: boolean;
}

/** Programs by the structure of their graph, the least recently used first. */
const cache = new Map<string, Compiled>();
const cacheLimit = 48;

/** A program that computes nothing, which the runtime would refuse. */
const idle: Executable = { run: async () => [], dispose: async () => {} };

/**
 * Takes the oldest program out of the cache. One that only expressions used is freed in its turn, after the runs that wait
 * for it: each keeps threads of its own. One that a compiled function holds is freed with the last of them.
 */
function dropOldest(): void {
  const [key, { executable, kept }] = cache.entries().next().value as [string, Compiled];
  cache.delete(key);
  if (!kept) inTurn(() => executable.dispose()).catch(() => {});
}

/** How many programs were compiled so far: what a test asks to see that equal graphs share one. */
export let compiledPrograms = 0;

/**
 * The program that computes the targets. Graphs of equal structure share one: models of one architecture with other
 * weights, a loop over equal shapes.
 *
 * @param keep the caller will hold the program beyond its next turn
 * @returns    the program, and the leaves of this graph that it takes, in order
 */
export function programFor(
  targets: readonly Tensor[],
  { keep = false }: { keep?: boolean } = {},
): { executable: Executable; inputs: Tensor[] } {
  if (targets.length === 0) return { executable: idle, inputs: [] };
  const { key: structure, leaves } = structureOf(targets);
  const device = backend();
  const key = `${device.name} ${settings.threads} ${settings.profile}\n${structure}`;
  let program = cache.get(key);
  if (program) {
    cache.delete(key);
  } else {
    compiledPrograms++;
    const executable = new CachedProgram(modelOf(targets, leaves, device, settings.threads));
    executable.compiled().catch(() => cache.delete(key));
    program = { executable, kept: false };
    if (cache.size >= cacheLimit) dropOldest();
  }
  program.kept ||= keep;
  cache.set(key, program);
  return { executable: program.executable, inputs: leaves };
}

async function modelOf(
  targets: readonly Tensor[],
  leaves: readonly Tensor[],
  device: Backend,
  threads: number | undefined,
): Promise<Compilable> {
  const nodes = schedule(targets);
  const convolves = allNodes(nodes).some(({ primitive: { name } }) => name.startsWith("conv"));
  const block = convolves ? await blockOf(device) : 0;
  // WebGPU has no product that transposes its operands: the processor would compute it, with copies to and fro.
  const { model, order } = lowerInOrder(targets, leaves, { block, transposing: device.name !== "webgpu" });
  return compilable(model, order, device, threads, peakOf(nodes, targets));
}

/** A function of its own: what lives on must not hold the graph. */
const compilable = (
  model: Model,
  order: readonly number[],
  device: Backend,
  threads: number | undefined,
  peakBytes: number,
): Compilable => ({
  compile: async () => feeding(await device.compile(model, threads), order),
  peakBytes,
});

/** @returns with the model which of the leaves each of its inputs is */
function lowerInOrder(targets: readonly Tensor[], leaves: readonly Tensor[], device: LowerOptions) {
  const { inputs, ...model } = lowerProgram(targets, {
    ...device,
    inputNames: new Map(leaves.map((leaf, i) => [leaf, `in${i}`])),
  });
  const position = new Map(leaves.map((leaf, i) => [leaf, i]));
  return { model, order: inputs.map(({ tensor }) => position.get(tensor) as number) };
}

/** Takes the leaves' values in their order. */
const feeding = (executable: Executable, order: readonly number[]): Executable => ({
  ...executable,
  run: (inputs, outputs) =>
    executable.run(
      order.map((i) => inputs[i]),
      outputs,
    ),
});

let tail: Promise<unknown> = Promise.resolve();

/** Programs run one after another, in the order of their calls: they share variables and the machine's threads. */
export function inTurn<T>(run: () => Promise<T>): Promise<T> {
  const turn = tail.then(run, run);
  // Without its value: the last result must not outlive its caller.
  const over = (): void => {};
  tail = turn.then(over, over);
  return turn;
}
