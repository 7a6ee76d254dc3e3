import { cast, div, expand, maximum, mean, mul, ShapeError, sameShape, sum, type Tensor } from "@paperworks/tensor";

export interface ReductionOptions {
  /** How much each entry of the loss counts, broadcast to its shape; a bool mask counts its true entries alone. */
  weights?: Tensor;
  /** "mean" is Σ w l / Σ w (0 if nothing counts), "none" gives the weighted entries. */
  reduction?: "mean" | "sum" | "none";
}

/** Keeps the division of nothing by nothing finite, and is below any sum of weights that is meant. */
const tiny = 1e-30;

/** Entries of a loss under weights to one number. */
export function reduceLoss(entries: Tensor, { weights, reduction = "mean" }: ReductionOptions): Tensor {
  if (!weights) return reduction === "none" ? entries : reduction === "sum" ? sum(entries) : mean(entries);
  const factors = cast(weights, entries.dtype);
  const weighted = mul(entries, factors);
  if (!sameShape(weighted.shape, entries.shape))
    throw new ShapeError(
      `weights [${weights.shape.join(", ")}] do not broadcast to the loss [${entries.shape.join(", ")}]`,
    );
  if (reduction === "none") return weighted;
  const total = sum(weighted);
  return reduction === "sum" ? total : div(total, maximum(sum(expand(factors, entries.shape)), tiny));
}

export function requireEqualShapes(loss: string, a: Tensor, b: Tensor): void {
  if (!sameShape(a.shape, b.shape))
    throw new ShapeError(`${loss}: [${a.shape.join(", ")}] and [${b.shape.join(", ")}] must be equal`);
}
