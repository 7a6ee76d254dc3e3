import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-common";
import { readModel } from "#read-model";
import { runtimeFor } from "#runtime";
import type { TypedArray } from "./dtype.ts";
import { DomainError, RuntimeError } from "./errors.ts";
import { ModelFileError, requireModel } from "./runtime/model-file.ts";
import { ModelStream, type StreamOptions } from "./runtime/model-stream.ts";
import { checkedInput, type ModelInput, type ModelPort, type ModelValue, portOf } from "./runtime/model-values.ts";
import type { OrtLibrary } from "./runtime/runtime.ts";
import { configure, type Device, settings } from "./runtime/settings.ts";

export type { DType, TypedArray } from "./dtype.ts";
export { DomainError, DTypeError, EngineError, RuntimeError, ShapeError } from "./errors.ts";
export { DeviceError } from "./runtime/device-error.ts";
export {
  configure,
  type Device,
  ModelFileError,
  type ModelInput,
  type ModelPort,
  ModelStream,
  type ModelValue,
  type StreamOptions,
};

export interface LoadOptions {
  /** Where the model runs; when undefined the device of `configure`, or the usual one of the platform. */
  device?: Device;
  /** Threads of one run; when undefined those of `configure`, or all cores. */
  threads?: number;
}

/** A trained model, loaded from an ONNX file. Made by `loadModel`. */
export class Model {
  readonly inputs: readonly ModelPort[];
  readonly outputs: readonly ModelPort[];
  readonly #session: InferenceSession;
  readonly #library: OrtLibrary;
  #last: Promise<unknown> = Promise.resolve();

  constructor(session: InferenceSession, library: OrtLibrary) {
    this.#session = session;
    this.#library = library;
    this.inputs = session.inputMetadata.map(portOf);
    this.outputs = session.outputMetadata.map(portOf);
  }

  /**
   * Computes all outputs; concurrent calls queue.
   *
   * @param inputs a value for each input by name: `{ data, shape }`, or the array alone where at most one dimension is free
   * @returns      a value for each output by name, in arrays of their own
   * @throws DomainError if an input is missing or unknown, ShapeError, DTypeError if one does not fit
   */
  async run(inputs: Readonly<Record<string, ModelInput>>): Promise<Record<string, ModelValue>> {
    const unknown = Object.keys(inputs).find((name) => this.inputs.every((port) => port.name !== name));
    const names = this.inputs.map(({ name }) => name).join(", ");
    if (unknown !== undefined) throw new DomainError(`the model has no input ${unknown}: its inputs are ${names}`);
    const feeds: Record<string, OrtTensor> = {};
    for (const port of this.inputs) {
      const given = inputs[port.name];
      if (given === undefined) throw new DomainError(`the input ${port.name} is missing: the inputs are ${names}`);
      const { data, shape } = checkedInput(port, given);
      feeds[port.name] = new this.#library.Tensor(port.dtype, data, shape);
    }
    const turn = this.#last.then(() => this.#session.run(feeds));
    this.#last = turn.catch(() => {});
    try {
      const results = await turn;
      return Object.fromEntries(
        this.outputs.map(({ name }) => [name, { data: results[name].data as TypedArray, shape: results[name].dims }]),
      );
    } catch (error) {
      throw new RuntimeError(`the runtime failed to run the model: ${(error as Error).message}`, { cause: error });
    }
  }

  /**
   * Runs a recurrent model step by step: what it gives as a state goes in again at the next step.
   *
   *     const stream = model.stream({ state: { hidden: "nextHidden" } });
   *     for (const token of tokens) console.log((await stream.step({ token })).logits.data);
   *
   * @throws DomainError if a state names an input or output the model does not have, or needs a first value
   */
  stream(options: StreamOptions): ModelStream {
    return new ModelStream(this, options);
  }

  /** Frees what the runtime holds. The model cannot run after that. */
  async dispose(): Promise<void> {
    await this.#last;
    await this.#session.release();
  }
}

/**
 * Loads a model without the rest of the engine.
 *
 * @param source the file's path (Node) or URL, or its bytes
 * @throws ModelFileError if the file cannot be read or is not a whole ONNX model, DeviceError if the device is not there
 */
export async function loadModel(
  source: string | URL | Uint8Array,
  { device = settings.device, threads = settings.threads }: LoadOptions = {},
): Promise<Model> {
  const runtime = runtimeFor(device);
  const name = source instanceof Uint8Array ? "the model" : String(source);
  const bytes = source instanceof Uint8Array ? source : await readModel(source);
  requireModel(bytes, name);
  const library = await runtime.library(threads);
  let session: InferenceSession;
  try {
    session = await library.InferenceSession.create(bytes, await runtime.options(bytes, threads));
  } catch (error) {
    throw (
      runtime.blame?.(error) ??
      new ModelFileError(`the runtime does not take ${name}: ${(error as Error).message ?? error}`, { cause: error })
    );
  }
  return new Model(session, library);
}
