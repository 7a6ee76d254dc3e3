import { cost, type Tensor, zeros } from "@paperworks/tensor";
import { networkMacs } from "./attention-flops.ts";
import { modelSize, networkShape, pruned, type System, studentOf } from "./systems.ts";

/** Multiply-accumulates of a system for one image, its predictors at a measured density of their basis. */
export function systemMacs({ keep = 1, window, rate, linformer, name }: System, basisDensity: number): number {
  const pruning = rate === undefined ? undefined : { after: pruned, rate };
  if (linformer) {
    // Nothing of it is sparse: its graph is its cost.
    const student = studentOf({ name, linformer });
    return cost((images: Tensor) => student.forward(images), zeros([1, 3, modelSize.image, modelSize.image])).macs;
  }
  const macs = networkMacs({ ...networkShape, keep, basisDensity, pruning });
  if (!window) return macs;
  // A window needs no predictor, only its m keys a query.
  const { tokens, depth, dim, heads } = networkShape;
  const withoutAttention = networkMacs({ ...networkShape, keep: 1 }) - depth * 2 * tokens * tokens * dim;
  const kept = Math.ceil(keep * tokens);
  return withoutAttention + depth * heads * 2 * tokens * kept * (dim / heads);
}
