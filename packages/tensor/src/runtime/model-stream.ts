import { createArray } from "../dtype.ts";
import { DomainError, DTypeError } from "../errors.ts";
import type { Model } from "../load-model.ts";
import { sizeOf } from "../shape.ts";
import { checkedInput, describePort, type ModelInput, type ModelPort, type ModelValue } from "./model-values.ts";

export interface StreamOptions {
  /** For each input that is a state, the output whose value it takes at the next step. */
  state: Readonly<Record<string, string>>;
  /** The first values; zeros where none is given and the shape is known. */
  initial?: Readonly<Record<string, ModelInput>>;
}

function findPort(kind: "input" | "output", ports: readonly ModelPort[], name: string): ModelPort {
  const port = ports.find((candidate) => candidate.name === name);
  if (port) return port;
  const names = ports.map((candidate) => candidate.name).join(", ");
  throw new DomainError(`a state names the ${kind} ${name}, which the model does not have: its ${kind}s are ${names}`);
}

/** A recurrent model at work: carries its states from one step to the next. Steps run in the order of their calls. */
export class ModelStream {
  readonly #model: Model;
  readonly #pairs: readonly (readonly [string, string])[];
  readonly #initial: Readonly<Record<string, ModelValue>>;
  #state: Readonly<Record<string, ModelValue>>;
  #last: Promise<unknown> = Promise.resolve();

  constructor(model: Model, { state, initial = {} }: StreamOptions) {
    this.#model = model;
    this.#pairs = Object.entries(state);
    const extra = Object.keys(initial).find((name) => !(name in state));
    if (extra !== undefined)
      throw new DomainError(
        `initial gives ${extra}, which is no state: the states are ${Object.keys(state).join(", ")}`,
      );
    this.#initial = Object.fromEntries(
      this.#pairs.map(([name, output]) => {
        const [port, source] = [findPort("input", model.inputs, name), findPort("output", model.outputs, output)];
        if (port.dtype !== source.dtype) {
          throw new DTypeError(
            `the state ${name} is ${describePort(port)}, and the output ${output} that it takes is ${describePort(source)}`,
          );
        }
        return [name, initial[name] === undefined ? zerosFor(port) : checkedInput(port, initial[name])];
      }),
    );
    this.#state = this.#initial;
  }

  /** The states before the next step, by the names of their inputs. */
  get state(): Readonly<Record<string, ModelValue>> {
    return this.#state;
  }

  /** Goes back to the first values. */
  reset(): void {
    this.#state = this.#initial;
  }

  /**
   * @param inputs the inputs that are no state
   * @returns      all outputs, the next states among them; a step that fails leaves the states as they were
   */
  step(inputs: Readonly<Record<string, ModelInput>>): Promise<Record<string, ModelValue>> {
    const given = this.#pairs.find(([name]) => name in inputs);
    if (given)
      return Promise.reject(new DomainError(`the input ${given[0]} is a state, which the stream carries itself`));
    const turn = this.#last.then(async () => {
      const outputs = await this.#model.run({ ...inputs, ...this.#state });
      this.#state = Object.fromEntries(this.#pairs.map(([name, output]) => [name, outputs[output]]));
      return outputs;
    });
    this.#last = turn.catch(() => {});
    return turn;
  }
}

function zerosFor(port: ModelPort): ModelValue {
  const { name, shape, dtype } = port;
  const known = shape.filter((n) => n !== null);
  if (known.length < shape.length)
    throw new DomainError(`the state ${name} is ${describePort(port)}: its first value must be given in initial`);
  return { data: createArray(dtype, sizeOf(known)), shape: known };
}
