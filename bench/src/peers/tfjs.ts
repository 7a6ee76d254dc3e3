import { createRequire } from "node:module";
import { dirname, sep } from "node:path";
import type { Scalar, Tensor, Variable } from "@tensorflow/tfjs";
import { threads } from "../peers.ts";
import type { Prepared } from "../prepared.ts";

export type Tfjs = typeof import("@tensorflow/tfjs");

/** TensorFlow.js on its WebAssembly backend. It takes threads only where Web Workers exist: Node has none of them. */
export async function startTfjs(): Promise<Tfjs> {
  const tf = await import("@tensorflow/tfjs");
  const wasm = await import("@tensorflow/tfjs-backend-wasm");
  const folder = dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm"));
  wasm.setWasmPaths(folder + sep);
  wasm.setThreadsCount(threads);
  if (!(await tf.setBackend("wasm"))) throw new Error("TensorFlow.js found no wasm backend");
  await tf.ready();
  return tf;
}

/** Adam on all variables made so far. */
export function tfjsStep(tf: Tfjs, lr: number, loss: () => Tensor): Prepared {
  // Before the optimiser is made, which registers counters of its own.
  const variables: Variable[] = Object.values(tf.engine().registeredVariables).filter(({ trainable }) => trainable);
  const optimizer = tf.train.adam(lr, 0.9, 0.999, 1e-8);
  return {
    parameters: variables.reduce((n, { size }) => n + size, 0),
    async step() {
      const value = tf.tidy(() => optimizer.minimize(() => loss() as Scalar, true, variables) as Scalar);
      const [number] = await value.data();
      value.dispose();
      return number;
    },
  };
}
