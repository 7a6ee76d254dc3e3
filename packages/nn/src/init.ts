import { DomainError, defaultGenerator, fromArray, type Generator, Parameter, type Shape } from "@paperworks/tensor";

export interface InitContext {
  /** Inputs that one output sums over. */
  fanIn: number;
  /** Outputs that one input feeds. */
  fanOut: number;
  generator: Generator;
}

/** Values for a parameter, row-major, made on the host. */
export type Initializer = (shape: Shape, context: InitContext) => Float32Array;

const sizeOf = (shape: Shape): number => shape.reduce((n, length) => n * length, 1);

/** A parameter with its initial values. Fans are those of a matrix [in, out] unless given. */
export function initialParameter(
  shape: Shape,
  init: Initializer,
  { fanIn = shape[0] ?? 1, fanOut = shape[1] ?? 1, generator = defaultGenerator }: Partial<InitContext> = {},
): Parameter {
  return new Parameter(fromArray(init(shape, { fanIn, fanOut, generator }), shape));
}

export const constant =
  (value: number): Initializer =>
  (shape) =>
    new Float32Array(sizeOf(shape)).fill(value);

export const zeros = (): Initializer => constant(0);
export const ones = (): Initializer => constant(1);

function requirePositive(name: string, value: number): void {
  if (!(value >= 0 && value < Number.POSITIVE_INFINITY))
    throw new DomainError(`${name} must be finite and not negative, got ${value}`);
}

/** N(mean, std²). */
export function normal({ mean = 0, std = 1 }: { mean?: number; std?: number } = {}): Initializer {
  requirePositive("normal: std", std);
  return (shape, { generator }) => generator.hostNormal(sizeOf(shape)).map((z) => mean + std * z);
}

/** N(mean, std²), values more than `limit` deviations away drawn again. */
export function truncatedNormal({
  mean = 0,
  std = 1,
  limit = 2,
}: {
  mean?: number;
  std?: number;
  limit?: number;
} = {}): Initializer {
  requirePositive("truncatedNormal: std", std);
  if (!(limit >= 0.1))
    throw new DomainError(`truncatedNormal: the limit must be at least 0.1 deviations, got ${limit}`);
  return (shape, { generator }) => {
    const out = new Float32Array(sizeOf(shape));
    for (let filled = 0; filled < out.length; ) {
      for (const z of generator.hostNormal(out.length)) {
        if (Math.abs(z) <= limit && filled < out.length) out[filled++] = mean + std * z;
      }
    }
    return out;
  };
}

/** U[low, high). */
export function uniform({ low = 0, high = 1 }: { low?: number; high?: number } = {}): Initializer {
  if (!(low <= high)) throw new DomainError(`uniform: low ${low} lies above high ${high}`);
  return (shape, { generator }) => generator.hostUniform(sizeOf(shape)).map((u) => low + (high - low) * u);
}

const symmetric = (bound: number): Initializer => uniform({ low: -bound, high: bound });

/** U(±gain·√(6 / (fanIn + fanOut))) (Glorot and Bengio, 2010). */
export const glorotUniform =
  ({ gain = 1 } = {}): Initializer =>
  (shape, context) =>
    symmetric(gain * Math.sqrt(6 / (context.fanIn + context.fanOut)))(shape, context);

/** N(0, gain²·2 / (fanIn + fanOut)). */
export const glorotNormal =
  ({ gain = 1 } = {}): Initializer =>
  (shape, context) =>
    normal({ std: gain * Math.sqrt(2 / (context.fanIn + context.fanOut)) })(shape, context);

/** U(±gain·√(3 / fanIn)), gain √2 for ReLU (He et al., 2015). */
export const heUniform =
  ({ gain = Math.SQRT2 } = {}): Initializer =>
  (shape, context) =>
    symmetric(gain * Math.sqrt(3 / context.fanIn))(shape, context);

/** N(0, gain² / fan), gain √2 for ReLU; the fan is what comes in, or what goes out. */
export const heNormal =
  ({ gain = Math.SQRT2, mode = "fanIn" }: { gain?: number; mode?: "fanIn" | "fanOut" } = {}): Initializer =>
  (shape, context) =>
    normal({ std: gain / Math.sqrt(context[mode]) })(shape, context);

/**
 * A random matrix with orthonormal rows or columns, whichever are fewer, times the gain (Saxe et al., 2014).
 * A tensor [n, ...] is the matrix [n, rest].
 */
export const orthogonal =
  ({ gain = 1 } = {}): Initializer =>
  (shape, { generator }) => {
    const rows = shape[0] ?? 1;
    const columns = sizeOf(shape) / Math.max(rows, 1);
    const [count, length] = rows <= columns ? [rows, columns] : [columns, rows];
    const vectors = orthonormal(Float64Array.from(generator.hostNormal(count * length)), count, length);
    const out = new Float32Array(count * length);
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++)
        out[i * columns + j] = gain * (rows <= columns ? vectors[i * length + j] : vectors[j * length + i]);
    return out;
  };

/** Gram and Schmidt's process on the rows, each projected out twice so that float64 accuracy is kept. */
function orthonormal(vectors: Float64Array, count: number, length: number): Float64Array {
  for (let i = 0; i < count; i++) {
    const row = vectors.subarray(i * length, (i + 1) * length);
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < i; j++) {
        const other = vectors.subarray(j * length, (j + 1) * length);
        let dot = 0;
        for (let k = 0; k < length; k++) dot += row[k] * other[k];
        for (let k = 0; k < length; k++) row[k] -= dot * other[k];
      }
    }
    let square = 0;
    for (const value of row) square += value * value;
    const scale = 1 / Math.sqrt(square);
    for (let k = 0; k < length; k++) row[k] *= scale;
  }
  return vectors;
}
