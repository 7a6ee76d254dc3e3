/** Every error the engine throws on purpose: catch this class to tell bad input from a defect. */
export class EngineError extends Error {
  override name = "EngineError";
}

/** Shapes that do not fit together, with both shapes and the operation in the message. */
export class ShapeError extends EngineError {
  override name = "ShapeError";
}

/** A dtype an operation does not take, or two dtypes that differ. */
export class DTypeError extends EngineError {
  override name = "DTypeError";
}

/** An axis outside the rank of its tensor, or an axis named twice. */
export class AxisError extends EngineError {
  override name = "AxisError";
}

/** A number outside the domain of what it configures (a negative depth, a rate above 1). */
export class DomainError extends EngineError {
  override name = "DomainError";
}

/** A gradient asked of a non-scalar, or through an operation that has none. */
export class GradientError extends EngineError {
  override name = "GradientError";
}

/** A use of the recorder that cannot work: reading values while recording, a leaked placeholder. */
export class RecordingError extends EngineError {
  override name = "RecordingError";
}

/** The runtime refused a program or failed while running it; names the operation and the line that recorded it. */
export class RuntimeError extends EngineError {
  override name = "RuntimeError";
}

/** A value that is NaN or infinite where a finite one is needed. */
export class NonFiniteError extends EngineError {
  override name = "NonFiniteError";
}

/** Throws a DomainError unless the value is a whole number of at least `least`. */
export function requireWhole(name: string, value: number, least = 0): void {
  if (!Number.isInteger(value) || value < least) {
    throw new DomainError(`${name} must be a whole number of at least ${least}, got ${value}`);
  }
}
