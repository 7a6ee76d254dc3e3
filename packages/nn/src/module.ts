import { activeRecording, Buffer, Generator, Parameter, Tensor, Variable } from "@paperworks/tensor";

/**
 * A part of a model: a plain class whose public fields hold its parameters, buffers and inner modules. Nothing is
 * registered; `parameters(model)` and its kin walk the fields.
 */
export abstract class Module {
  #training = true;
  /** One closure for the life of the module: recordings know guards by identity. */
  readonly #readMode = (): boolean => this.#training;

  /** Whether the module trains. Read while recording it becomes part of the program's signature. */
  get training(): boolean {
    activeRecording()?.guard(this.#readMode);
    return this.#training;
  }

  /** Switches this module and all inner ones to training: dropout drops, batch statistics are used and tracked. */
  train(): this {
    for (const module of submodules(this)) module.#training = true;
    return this;
  }

  /** Switches this module and all inner ones to evaluation. */
  eval(): this {
    for (const module of submodules(this)) module.#training = false;
    return this;
  }

  /** Names of this module's own parameters that PyTorch keeps transposed (there [out, in], here [in, out]). */
  get transposedInPyTorch(): readonly string[] {
    return [];
  }
}

/** Modules and variables in fields, arrays, plain objects and maps, nested as one likes. */
export type ModuleTree = object;

interface Found {
  path: string;
  value: Module | Variable | Generator;
}

const isPlain = (value: object): boolean =>
  Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null;

function entriesOf(value: object): Iterable<[string, unknown]> | undefined {
  if (value instanceof Map) return [...value].map(([key, item]): [string, unknown] => [String(key), item]);
  return value instanceof Module || Array.isArray(value) || isPlain(value) ? Object.entries(value) : undefined;
}

/** Everything in a tree in the order of its fields, each object once, under the first path that leads to it. */
function walk(value: unknown, path: string, seen: Set<object>, found: Found[]): Found[] {
  if (typeof value !== "object" || value === null || seen.has(value)) return found;
  if (value instanceof Variable || value instanceof Generator) {
    seen.add(value);
    found.push({ path, value });
    return found;
  }
  const entries = value instanceof Tensor ? undefined : entriesOf(value);
  if (!entries) return found;
  seen.add(value);
  if (value instanceof Module) found.push({ path, value });
  for (const [key, item] of entries) walk(item, path === "" ? key : `${path}.${key}`, seen, found);
  return found;
}

function named<T extends Found["value"]>(
  tree: ModuleTree,
  accept: (value: Found["value"]) => value is T,
): Map<string, T> {
  const names = new Map<string, T>();
  for (const { path, value } of walk(tree, "", new Set(), [])) if (accept(value)) names.set(path, value);
  return names;
}

function labelled<T extends Variable>(names: Map<string, T>): Map<string, T> {
  for (const [path, variable] of names) variable.label = path;
  return names;
}

/** All modules of a tree, the outermost first. */
export const submodules = (tree: ModuleTree): Module[] => [...namedModules(tree).values()];

/** Modules by dotted path; the root's path is empty. */
export const namedModules = (tree: ModuleTree): Map<string, Module> => named(tree, (value) => value instanceof Module);

/** Parameters by dotted path (`blocks.0.attention.query.weight`), a shared one once; sets each one's `label`. */
export const namedParameters = (tree: ModuleTree): Map<string, Parameter> =>
  labelled(named(tree, (value) => value instanceof Parameter));

/** All parameters, frozen ones too. */
export const parameters = (tree: ModuleTree): Parameter[] => [...namedParameters(tree).values()];

/** Buffers by dotted path; sets each one's `label`. The states of random generators are not among them. */
export const namedBuffers = (tree: ModuleTree): Map<string, Buffer> =>
  labelled(named(tree, (value) => value instanceof Buffer));

/** Random generators that modules hold, by dotted path. */
export const namedGenerators = (tree: ModuleTree): Map<string, Generator> =>
  named(tree, (value) => value instanceof Generator);

/** The number of values in all parameters. */
export const parameterCount = (tree: ModuleTree): number => parameters(tree).reduce((n, { size }) => n + size, 0);

/** Optimisers leave these parameters as they are: no update, no decay, no noise. */
export function freeze(tree: ModuleTree): void {
  for (const parameter of parameters(tree)) parameter.trainable = false;
}

export function unfreeze(tree: ModuleTree): void {
  for (const parameter of parameters(tree)) parameter.trainable = true;
}
