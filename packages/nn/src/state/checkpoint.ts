import { type Buffer, Generator, Variable } from "@paperworks/tensor";
import { Module, namedGenerators } from "../module.ts";
import { loadVariables } from "./load.ts";
import { loadSafetensors, savedVariables, saveSafetensors } from "./safetensors.ts";

/** What a run may have to save: models (with the generators they hold), generators, single variables, and optimisers. */
export type Stateful = Module | Generator | Variable | { buffers(): ReadonlyMap<string, Buffer> };

function partState(part: Stateful): [kind: string, state: Map<string, Variable>] {
  if (part instanceof Module) {
    const state = savedVariables(part) as Map<string, Variable>;
    for (const [path, generator] of namedGenerators(part)) state.set(`${path}.state`, generator.state);
    return ["model", state];
  }
  if (part instanceof Generator) return ["generator", new Map([["state", part.state]])];
  if (part instanceof Variable) return ["variable", new Map([["value", part]])];
  return ["optimizer", new Map(part.buffers())];
}

/** Variables of all parts under names that depend on their order alone; a shared one (a generator, say) once. */
function collect(parts: readonly Stateful[]): Map<string, Variable> {
  const names = new Map<string, Variable>();
  const seen = new Set<Variable>();
  const counts = new Map<string, number>();
  for (const part of parts) {
    const [kind, state] = partState(part);
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    for (const [name, variable] of state) {
      if (seen.has(variable)) continue;
      seen.add(variable);
      names.set(`${count === 1 ? kind : `${kind}${count}`}.${name}`, variable);
    }
  }
  return names;
}

/**
 * The state of a run as the bytes of a safetensors file: with `restoreState` on fresh objects of the same make the run
 * goes on bit for bit.
 */
export const stateOf = (...parts: Stateful[]): Promise<Uint8Array> => saveSafetensors(collect(parts));

/**
 * Gives the parts the state that `stateOf` took of parts like them, in the same order.
 *
 * @throws SafetensorsError or StateMismatchError; then nothing has changed
 */
export function restoreState(bytes: Uint8Array, ...parts: Stateful[]): void {
  loadVariables(collect(parts), loadSafetensors(bytes));
}
