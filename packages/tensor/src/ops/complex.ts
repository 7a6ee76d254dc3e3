import { requireFloat, requireSameDType } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { formatShape, sameShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { add, mul, neg, sub } from "./elementwise.ts";

/** A complex tensor as two real ones of one shape and dtype: the operations of the engine are real. */
export interface Complex {
  real: Tensor;
  imaginary: Tensor;
}

export function checkComplex(operation: string, { real, imaginary }: Complex): void {
  requireFloat(operation, real.dtype);
  requireSameDType(operation, real.dtype, imaginary.dtype);
  if (!sameShape(real.shape, imaginary.shape))
    throw new ShapeError(
      `${operation}: the real part ${formatShape(real.shape)} and the imaginary part ${formatShape(imaginary.shape)} differ`,
    );
}

/** (a + bi)(c + di) = (ac − bd) + (ad + bc)i, broadcast. */
export const complexMul = (a: Complex, b: Complex): Complex => ({
  real: sub(mul(a.real, b.real), mul(a.imaginary, b.imaginary)),
  imaginary: add(mul(a.real, b.imaginary), mul(a.imaginary, b.real)),
});

/** a − bi. */
export const conjugate = ({ real, imaginary }: Complex): Complex => ({ real, imaginary: neg(imaginary) });

/** |z|²; the derivative at 0 is 0, which that of |z| is not. */
export const squaredMagnitude = ({ real, imaginary }: Complex): Tensor =>
  add(mul(real, real), mul(imaginary, imaginary));
