import { requireFinite } from "./debug.ts";
import type { TypedArray } from "./dtype.ts";
import { RecordingError } from "./errors.ts";
import { evaluate, leafData, variableOf } from "./evaluate.ts";
import type { Spec } from "./primitive.ts";
import { inTurn, programFor } from "./programs.ts";
import { fromArray, placeholder, scalar } from "./record.ts";
import { activeRecording, type Guard, Recording, recordInto } from "./recording.ts";
import type { Executable, HostValue } from "./runtime/backend.ts";
import { settings } from "./runtime/settings.ts";
import type { Tensor } from "./tensor.ts";
import { treeFill, treeLeaves, treeMap, treeSignature } from "./tree.ts";
import { Variable } from "./variable.ts";
import { VariablePack } from "./variable-pack.ts";

/** A recorded function: what goes in, what comes out, and which variables it reads and writes. */
export interface Recorded<R> {
  placeholders: Tensor[];
  /** The result, its tensors to be replaced by values. */
  result: R;
  results: Tensor[];
  /** Variables with a new value, and that value. */
  assigned: { variable: Variable; value: Tensor }[];
  /** The leaves that stand for variables at the start of the program. */
  reads: ReadonlySet<Tensor>;
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
    const result = recordInto(recording, () => fn(...inner));
    const assigned: Recorded<R>["assigned"] = [];
    for (const variable of recording.versions.keys()) {
      const value = recording.latest(variable) as Tensor;
      if (value !== recording.reads.get(variable) && !recording.cuts.has(value)) assigned.push({ variable, value });
    }
    // What was assigned to a part alone is written over what the pack's value says of it.
    assigned.sort((a, b) => Number(b.variable instanceof VariablePack) - Number(a.variable instanceof VariablePack));
    return {
      placeholders,
      result,
      results: treeLeaves(result).map((leaf) => leaf.resolve()),
      assigned,
      reads: new Set(recording.reads.values()),
      guards: recording.guards,
    };
  });
}

/** Where an input of a program comes from: an argument of the call, a variable, or a leaf met while recording. */
type Source = number | Tensor;

interface Entry<R> {
  guards: Guard[];
  /** The result with stand-ins for its tensors: a mould for values. Holds nothing of the recording. */
  mould: R;
  results: Spec[];
  assigned: Variable[];
  sources: Source[];
  /** Variables the program reads or writes. */
  touched: Variable[];
  executable: Executable;
  /** In debug mode: looks for values that are not finite in what the program computed from its inputs. */
  check?: (inputs: readonly HostValue[], values: readonly TypedArray[]) => Promise<void>;
}

function compileEntry<A extends unknown[], R>(fn: (...args: A) => R, args: A): Entry<R> {
  const recorded = recordFunction(fn, args);
  const targets = [...recorded.results, ...recorded.assigned.map(({ value }) => value)];
  const { executable, inputs } = programFor(targets, { keep: true });
  const sources = inputs.map((leaf): Source => {
    const variable = variableOf(leaf);
    if (variable && recorded.reads.has(leaf)) return variable;
    // A constant, or a variable as an expression outside of the program read it.
    if (variable || leaf.held) return leaf;
    const argument = recorded.placeholders.indexOf(leaf);
    if (argument < 0) {
      throw new RecordingError("a tensor from inside another recording was used here: pass it as an argument instead");
    }
    return argument;
  });
  const assigned = recorded.assigned.map(({ variable }) => variable);
  return {
    guards: recorded.guards,
    mould: treeMap(recorded.result, () => standIn),
    results: recorded.results.map(({ shape, dtype }) => ({ shape, dtype })),
    assigned,
    sources,
    touched: [...new Set([...sources.filter((source) => source instanceof Variable), ...assigned])],
    executable,
    check: settings.debug
      ? (values, computed) => {
          const fed = new Map(inputs.map((leaf, i) => [leaf, values[i]]));
          return requireFinite(targets, computed, (leaf) => fed.get(leaf) as HostValue);
        }
      : undefined,
  };
}

const standIn = scalar(0);

async function runEntry<R>(entry: Entry<R>, args: readonly Tensor[]): Promise<R> {
  const inputs = entry.sources.map((source): HostValue => {
    const value = typeof source === "number" ? args[source] : source;
    const data = value instanceof Variable ? value.front : leafData(value);
    return { data, shape: value.shape, dtype: value.dtype };
  });
  const outputs = [
    ...entry.results.map(() => undefined),
    ...entry.assigned.map((variable) => ({ data: variable.back, shape: variable.shape, dtype: variable.dtype })),
  ];
  const values = await entry.executable.run(inputs, outputs);
  await entry.check?.(inputs, values);
  for (const variable of entry.assigned) variable.swap();
  return treeFill(
    entry.mould,
    entry.results.map(({ shape, dtype }, i) => fromArray(values[i], shape, dtype)),
  );
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
    // All that the program waits for takes its turn now, ahead of it, so that calls run in their order.
    const waiting = tensors.filter((t) => !(t instanceof Variable) && !t.held);
    const computed = waiting.length > 0 ? evaluate(waiting) : undefined;
    computed?.catch(() => {});
    const variables = new Set([...entry.touched, ...tensors.filter((t) => t instanceof Variable)]);
    const settle = [...variables].flatMap((variable) => (variable.unsettled ? [variable.settling()] : []));
    const chosen = entry;
    return inTurn(async () => {
      await computed;
      for (const store of settle) await store();
      return runEntry(chosen, tensors);
    });
  };
}
