import type { InferenceSession } from "onnxruntime-common";
import { nodesOf } from "./model-nodes.ts";

/**
 * The fusion of an addition and a layer normalisation: on WebGPU it drops the deviation that the derivative reads, and the run fails;
 * on the processor it takes four times as long as the two.
 */
export const withoutNormFusion = { optimization: { disable_specified_optimizers: "SkipLayerNormFusion" } };

/**
 * How the WebGPU kernels of the browser's runtime (version 1.30) are used, with what they get wrong left out: transposed
 * convolutions are wrong where a group has several channels and missing over three axes, so that the processor takes them.
 */
export function webGpuOptions(model: Uint8Array): InferenceSession.SessionOptions {
  const onProcessor = nodesOf(model).flatMap(({ operator, name }) => (operator === "ConvTranspose" ? [name] : []));
  return {
    // An empty list is refused.
    executionProviders: [{ name: "webgpu", ...(onProcessor.length > 0 ? { forceCpuNodeNames: onProcessor } : {}) }],
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
    extra: withoutNormFusion,
  };
}
