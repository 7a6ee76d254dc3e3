import { backend } from "#backend";
import { RecordingError } from "./errors.ts";
import { evaluate, inTurn, leavesOf, variableOf } from "./evaluate.ts";
import { lowerProgram } from "./onnx/lower.ts";
import { fromArray, placeholder } from "./record.ts";
import { activeRecording, type Guard, Recording, recordInto } from "./recording.ts";
import type { Executable, HostValue } from "./runtime/backend.ts";
import type { Tensor } from "./tensor.ts";
import { treeFill, treeLeaves, treeMap, treeSignature } from "./tree.ts";
import { Variable } from "./variable.ts";

/** A recorded function: what goes in, what comes out, and which variables it reads and writes. */
export interface Recorded<R> {
  placeholders: Tensor[];
  /** The result, its tensors to be replaced by values. */
  result: R;
  results: Tensor[];
  /** Variables with a new value, and that value. */
  assigned: { variable: Variable; value: Tensor }[];
  guards: Guard[];
}

/** Runs fn once on placeholders and keeps what it recorded. */
export function recordFunction<A extends unknown[], R>(fn: (...args: A) => R, args: A): Recorded<R> {
  const placeholders: Tensor[] = [];
  const recording = new Recording("program");
  return recordInto(recording, () => {
    const inner = treeMap(args, (leaf) => {
      const stand = placeholder(leaf.shape, leaf.dtype);
      placeholders.push(stand);
      return stand;
    });
    const result = fn(...inner);
    const assigned: Recorded<R>["assigned"] = [];
    for (const variable of recording.versions.keys()) {
      const value = recording.latest(variable) as Tensor;
      if (value !== recording.reads.get(variable)) assigned.push({ variable, value });
    }
    return {
      placeholders,
      result,
      results: treeLeaves(result).map((leaf) => leaf.resolve()),
      assigned,
      guards: recording.guards,
    };
  });
}

interface Entry<R> {
  guards: Guard[];
  /** The result with its tensors left over from recording: a mould for values. */
  mould: R;
  results: Tensor[];
  assigned: Variable[];
  /** Where each input of the program comes from. */
  sources: { argument: number; variable: Variable | undefined; constant: Tensor }[];
  read: Variable[];
  executable: Promise<Executable>;
}

function compileEntry<A extends unknown[], R>(fn: (...args: A) => R, args: A): Entry<R> {
  const recorded = recordFunction(fn, args);
  const targets = [...recorded.results, ...recorded.assigned.map(({ value }) => value)];
  for (const leaf of leavesOf(targets)) {
    if (leaf.node.primitive.name === "placeholder" && !recorded.placeholders.includes(leaf)) {
      throw new RecordingError("a tensor from inside another recording was used here: pass it as an argument instead");
    }
  }
  const program = lowerProgram(targets);
  const sources = program.inputs.map(({ tensor }) => ({
    argument: recorded.placeholders.indexOf(tensor),
    variable: variableOf(tensor),
    constant: tensor,
  }));
  return {
    guards: recorded.guards,
    mould: recorded.result,
    results: recorded.results,
    assigned: recorded.assigned.map(({ variable }) => variable),
    sources,
    read: sources.flatMap(({ variable }) => variable ?? []),
    executable: backend().compile(program),
  };
}

async function runEntry<R>(entry: Entry<R>, args: readonly Tensor[]): Promise<R> {
  const executable = await entry.executable;
  return inTurn(async () => {
    const inputs: HostValue[] = entry.sources.map(({ argument, variable, constant }) => {
      if (variable) return { data: variable.front, shape: variable.shape, dtype: variable.dtype };
      const value = argument >= 0 ? args[argument] : constant;
      const data = value instanceof Variable ? value.front : value.held;
      if (!data)
        throw new RecordingError("an input of the program has no value: a tensor of another recording was captured");
      return { data, shape: value.shape, dtype: value.dtype };
    });
    const outputs = [
      ...entry.results.map(() => undefined),
      ...entry.assigned.map((variable) => ({ data: variable.back, shape: variable.shape, dtype: variable.dtype })),
    ];
    const values = await executable.run(inputs, outputs);
    for (const variable of entry.assigned) variable.swap();
    return treeFill(
      entry.mould,
      entry.results.map((result, i) => fromArray(values[i], result.shape, result.dtype)),
    );
  });
}

/**
 * Makes one program of a function. It is recorded once for each signature of its arguments (shapes and dtypes of tensors,
 * values of everything else) and mode of the modules it touches; every `assign` inside becomes part of the program.
 *
 * @param fn takes and gives tensors in arrays and plain objects; must not be async
 * @returns the same function, giving a promise of tensors that hold their values; concurrent calls queue
 * @throws RecordingError if fn reads values while it is recorded
 */
export function jit<A extends unknown[], R>(fn: (...args: A) => R): (...args: A) => Promise<R> {
  const entries = new Map<string, Entry<R>[]>();
  return async (...args) => {
    if (activeRecording())
      throw new RecordingError("a compiled function was called while recording: call the function itself");
    const tensors = treeLeaves(args);
    const signature = treeSignature(args);
    let family = entries.get(signature);
    if (!family) {
      family = [];
      entries.set(signature, family);
    }
    let entry = family.find(({ guards }) => guards.every(({ read, value }) => read() === value));
    if (!entry) {
      entry = compileEntry(fn, args);
      family.push(entry);
    }
    const waiting = tensors.filter((t) => !(t instanceof Variable) && !t.held);
    if (waiting.length > 0) await evaluate(waiting);
    for (const t of tensors) if (t instanceof Variable) await t.settle();
    for (const variable of entry.read) if (variable.pending) await variable.settle();
    for (const variable of entry.assigned) if (variable.pending) await variable.settle();
    return runEntry(entry, tensors);
  };
}
