import { EngineError } from "../errors.ts";

/** A matrix with another number of rows than columns, where a square one is needed. */
export class NotSquareError extends EngineError {
  override name = "NotSquareError";
}

/** A matrix that differs from its transpose by more than rounding. */
export class NotSymmetricError extends EngineError {
  override name = "NotSymmetricError";
}

/** A symmetric matrix with a pivot that is not positive: xᵀAx is not above 0 for every x. */
export class NotPositiveDefiniteError extends EngineError {
  override name = "NotPositiveDefiniteError";
}

/** A square matrix whose columns depend on each other to rounding. */
export class SingularMatrixError extends EngineError {
  override name = "SingularMatrixError";
}
