import { backend } from "#backend";
import { blockOf } from "./blocked-layout.ts";
import { allNodes, lowerProgram, schedule } from "./onnx/lower.ts";
import type { Backend, Executable } from "./runtime/backend.ts";
import { settings } from "./runtime/settings.ts";
import { structureOf } from "./structure.ts";
import type { Tensor } from "./tensor.ts";

interface Compiled {
  executable: Promise<Executable>;
  /** Held by a compiled function, which may run it at any time. */
  kept: boolean;
}

/** Programs by the structure of their graph, the least recently used first. */
const cache = new Map<string, Compiled>();
const cacheLimit = 48;

/** A program that computes nothing, which the runtime would refuse. */
const idle: Promise<Executable> = Promise.resolve({ run: async () => [], dispose: async () => {} });

/**
 * Takes the oldest program out of the cache. One that only expressions used is freed in its turn, after the runs that wait
 * for it: each keeps threads of its own. One that a compiled function holds is freed with the last of them.
 */
function dropOldest(): void {
  const [key, { executable, kept }] = cache.entries().next().value as [string, Compiled];
  cache.delete(key);
  if (!kept) inTurn(async () => (await executable).dispose()).catch(() => {});
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
): { executable: Promise<Executable>; inputs: Tensor[] } {
  if (targets.length === 0) return { executable: idle, inputs: [] };
  const { key: structure, leaves } = structureOf(targets);
  const device = backend();
  const key = `${device.name} ${settings.threads} ${settings.profile}\n${structure}`;
  let program = cache.get(key);
  if (program) {
    cache.delete(key);
  } else {
    compiledPrograms++;
    program = { executable: compile(targets, leaves, device, settings.threads), kept: false };
    program.executable.catch(() => cache.delete(key));
    if (cache.size >= cacheLimit) dropOldest();
  }
  program.kept ||= keep;
  cache.set(key, program);
  return { executable: program.executable, inputs: leaves };
}

async function compile(
  targets: readonly Tensor[],
  leaves: readonly Tensor[],
  device: Backend,
  threads: number | undefined,
): Promise<Executable> {
  const convolves = allNodes(schedule(targets)).some(({ primitive: { name } }) => name.startsWith("conv"));
  const block = convolves ? await blockOf(device) : 0;
  const { lowered, order } = lowerInOrder(targets, leaves, block);
  return feeding(await device.compile(lowered, threads), order);
}

/** @returns with the model which of the leaves each of its inputs is */
function lowerInOrder(targets: readonly Tensor[], leaves: readonly Tensor[], block: number) {
  const lowered = lowerProgram(targets, { block, inputNames: new Map(leaves.map((leaf, i) => [leaf, `in${i}`])) });
  const position = new Map(leaves.map((leaf, i) => [leaf, i]));
  return { lowered, order: lowered.inputs.map(({ tensor }) => position.get(tensor) as number) };
}

/** Takes the leaves' values in their order. A function of its own: what lives on must not hold the leaves themselves. */
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
