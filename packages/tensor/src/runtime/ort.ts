import type { InferenceSession, Tensor as OrtTensor, TypedTensor } from "onnxruntime-common";
import type { TypedArray } from "../dtype.ts";
import { RuntimeError } from "../errors.ts";
import type { Model } from "../onnx/lower.ts";
import { type Backend, type Executable, type HostValue, threadsFor } from "./backend.ts";
import type { Runtime } from "./runtime.ts";
import { settings } from "./settings.ts";

function explain(error: unknown, origins: Model["origins"], doing: string): RuntimeError {
  const message = error instanceof Error ? error.message : String(error);
  const id = /#(\d+)\/\d+/.exec(message)?.[1];
  const origin = id === undefined ? undefined : origins.get(Number(id));
  const where = origin ? ` in ${origin.operation}${origin.place ? ` recorded at ${origin.place}` : ""}` : "";
  // What the native library says in words the WebAssembly one says by a number.
  const hint = /Could not find an implementation|ERROR_CODE: 9\b/.test(message)
    ? ": it has no kernel of this operation for this dtype; cast to float32"
    : "";
  return new RuntimeError(`the runtime failed ${doing}${where}${hint}: ${message}`, { cause: error });
}

const profiled = new Set<InferenceSession>();

/** Writes out the runtime's profiles of the programs compiled while `configure({ profile })` was set. */
export function endProfiling(): void {
  for (const session of profiled) session.endProfiling();
  profiled.clear();
}

/** Runs programs on ONNX Runtime: the native library or the WebAssembly one, which share an interface. */
export function ortBackend(runtime: Runtime): Backend {
  /** Wrappers of arrays that come again and again (variables), so that a step makes none. */
  const wrappers = new WeakMap<TypedArray, OrtTensor>();

  return {
    name: runtime.device,
    async compile({ bytes, inputNames, outputs: outputNames, origins, work }, threads): Promise<Executable> {
      const ort = await runtime.library(threads);
      const wrap = ({ data, shape, dtype }: HostValue): OrtTensor => {
        const known = wrappers.get(data);
        if (
          known &&
          known.type === dtype &&
          known.dims.length === shape.length &&
          known.dims.every((n, i) => n === shape[i])
        )
          return known;
        const made = new ort.Tensor(dtype, data, shape);
        wrappers.set(data, made);
        return made;
      };
      let session: InferenceSession;
      try {
        session = await ort.InferenceSession.create(bytes, await runtime.options(bytes, threadsFor(work, threads)));
      } catch (error) {
        throw runtime.blame?.(error) ?? explain(error, origins, "to compile");
      }
      if (settings.profile !== undefined) profiled.add(session);
      const nothing = wrap({ data: new Float32Array(0), shape: [0], dtype: "float32" });
      const feeds: Record<string, OrtTensor> = {};
      const fetches: Record<string, OrtTensor | null> = {};
      return {
        async run(inputs, outputs) {
          inputNames.forEach((name, i) => {
            feeds[name] = wrap(inputs[i]);
          });
          outputNames.forEach((output, i) => {
            const target = runtime.writesOutputs ? outputs[i] : undefined;
            fetches[output] = target ? wrap(target) : null;
          });
          let results: InferenceSession.OnnxValueMapType;
          try {
            results = await session.run(feeds, fetches);
          } catch (error) {
            throw explain(error, origins, "to run");
          } finally {
            // A program that waits to be called again holds on to no values.
            for (const input in feeds) feeds[input] = nothing;
            for (const output in fetches) fetches[output] = null;
          }
          return outputNames.map((output, i) => {
            const target = outputs[i]?.data;
            const { data } = results[output] as TypedTensor<"float32">;
            if (target && runtime.writesOutputs) {
              // The binding hands out a copy of what it wrote in place: megabytes a step, freed now and not by a later collection.
              if (data.buffer !== target.buffer) (data.buffer as ArrayBuffer).transfer(0);
              return target;
            }
            target?.set(data as Float32Array & BigInt64Array);
            return target ?? data;
          });
        },
        dispose: () => {
          if (profiled.delete(session)) session.endProfiling();
          return session.release();
        },
      };
    },
  };
}
