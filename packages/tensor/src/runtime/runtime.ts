import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-common";
import type { DType, TypedArray } from "../dtype.ts";
import type { DeviceError } from "./device-error.ts";
import type { Device } from "./settings.ts";

/** What the native library of ONNX Runtime and its WebAssembly one have in common. */
export interface OrtLibrary {
  InferenceSession: { create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession> };
  Tensor: new (type: DType, data: TypedArray, dims: readonly number[]) => OrtTensor;
}

/** ONNX Runtime on one device. */
export interface Runtime {
  readonly device: Device;
  /** Whether it writes into arrays handed to it for the outputs. The WebAssembly library takes them and leaves them as they are. */
  readonly writesOutputs: boolean;
  /**
   * Loads the library when it is first needed.
   *
   * @param threads threads that are asked for; undefined for the device's own choice
   * @throws DeviceError if the library or the device is not there
   */
  library(threads?: number): Promise<OrtLibrary>;
  /**
   * @param model   the ONNX model of the session
   * @param threads threads of one program; undefined for all cores
   */
  options(
    model: Uint8Array,
    threads?: number,
  ): InferenceSession.SessionOptions | Promise<InferenceSession.SessionOptions>;
  /** The error of a session that could not be made, if the device is to blame. */
  blame?(error: unknown): DeviceError | undefined;
}
