import { backend } from "#backend";
import { RecordingError } from "./errors.ts";
import { isLeaf, lowerProgram, type Program, schedule } from "./onnx/lower.ts";
import { activeRecording } from "./recording.ts";
import type { Executable } from "./runtime/backend.ts";
import { structureOf } from "./structure.ts";
import type { Tensor } from "./tensor.ts";
import type { Variable } from "./variable.ts";

let tail: Promise<unknown> = Promise.resolve();

/** Programs run one after another, in the order of their calls: they share variables and the machine's threads. */
export function inTurn<T>(run: () => Promise<T>): Promise<T> {
  const turn = tail.then(run, run);
  tail = turn.catch(() => {});
  return turn;
}

/** The variable a leaf stands for, if it stands for one. */
export function variableOf(leaf: Tensor): Variable | undefined {
  return leaf.node.primitive.name === "read" ? (leaf.node.attributes as { variable: Variable }).variable : undefined;
}

/** The leaves that the targets are computed from. */
export function leavesOf(targets: readonly Tensor[]): Tensor[] {
  const leaves = new Set<Tensor>();
  for (const target of targets) if (isLeaf(target)) leaves.add(target);
  for (const node of schedule(targets)) for (const input of node.inputs) if (isLeaf(input)) leaves.add(input);
  return [...leaves];
}

interface Compiled {
  executable: Executable;
  /** For each input of the program, which leaf of the structure it is. */
  order: number[];
}

/** Programs by the structure of their graph, the least recently used first. */
const cache = new Map<string, Promise<Compiled>>();
const cacheLimit = 256;

function compile(key: string, targets: readonly Tensor[], leaves: readonly Tensor[]): Promise<Compiled> {
  const known = cache.get(key);
  if (known) {
    cache.delete(key);
    cache.set(key, known);
    return known;
  }
  const program: Program = lowerProgram(targets, { inputNames: new Map(leaves.map((leaf, i) => [leaf, `leaf${i}`])) });
  const position = new Map(leaves.map((leaf, i) => [leaf, i]));
  const order = program.inputs.map(({ tensor }) => position.get(tensor) as number);
  const made = backend()
    .compile(program)
    .then((executable) => ({ executable, order }));
  made.catch(() => cache.delete(key));
  cache.set(key, made);
  if (cache.size > cacheLimit) {
    const [oldest, entry] = cache.entries().next().value as [string, Promise<Compiled>];
    cache.delete(oldest);
    entry.then(({ executable }) => inTurn(() => executable.dispose())).catch(() => {});
  }
  return made;
}

/** Computes the values of tensors recorded outside of programs and keeps them on the tensors. */
export async function evaluate(targets: readonly Tensor[]): Promise<void> {
  if (activeRecording())
    throw new RecordingError(
      "values cannot be read while a program is recorded: return the tensor and read it from the result",
    );
  const wanted = targets.filter((target) => !target.held);
  if (wanted.length === 0) return;
  const { key, leaves } = structureOf(wanted);
  const orphan = leaves.find((leaf) => !leaf.held && !variableOf(leaf));
  if (orphan)
    throw new RecordingError(`a ${orphan.node.primitive.name} has no value outside of the program that recorded it`);
  const pendingCompile = compile(key, wanted, leaves);
  // The leaves' values are taken now, in record order, even if a program changes a variable before this one's turn.
  const { executable, order } = await pendingCompile;
  const results = await inTurn(() => {
    const values = leaves.map((leaf) => ({
      data: leaf.held ?? (variableOf(leaf) as Variable).front,
      shape: leaf.shape,
      dtype: leaf.dtype,
    }));
    return executable.run(
      order.map((i) => values[i]),
      wanted.map(() => undefined),
    );
  });
  wanted.forEach((target, i) => {
    target.held = results[i];
  });
}
