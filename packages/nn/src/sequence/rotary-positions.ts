import { add, cast, concat, cos, fromArray, mul, sin, slice, sub, type Tensor } from "@paperworks/tensor";

/** θ_i = base^{−2i/width}, i = 0 … width/2 − 1. */
const frequencies = (width: number, base: number): Float64Array =>
  Float64Array.from({ length: width / 2 }, (_, i) => base ** ((-2 * i) / width));

/** cos and sin of position · θ_i for positions 0 … length − 1, each [length, width/2] */
export function rotaryTables(length: number, width: number, base = 10_000): { cosine: Tensor; sine: Tensor } {
  const theta = frequencies(width, base);
  const table = (f: (angle: number) => number): Tensor =>
    fromArray(
      Float32Array.from({ length: (length * width) / 2 }, (_, i) => {
        const column = i % theta.length;
        return f(((i - column) / theta.length) * theta[column]);
      }),
      [length, theta.length],
    );
  return { cosine: table(Math.cos), sine: table(Math.sin) };
}

/** The same for one position that only the program knows. @param position int32 [] @returns each [width/2] */
export function rotaryAt(position: Tensor, width: number, base = 10_000): { cosine: Tensor; sine: Tensor } {
  const angles = mul(cast(position, "float32"), fromArray(Float32Array.from(frequencies(width, base)), [width / 2]));
  return { cosine: cos(angles), sine: sin(angles) };
}

/**
 * Turns each pair (x_i, x_{i + width/2}) by the angle of its position, so that a product of two vectors depends on their distance
 * alone (Su et al., 2021):
 *
 *   (x, y) → (x cos − y sin, x sin + y cos)
 *
 * @param x [..., width]; the tables broadcast against [..., width/2]
 */
export function rotate(x: Tensor, { cosine, sine }: { cosine: Tensor; sine: Tensor }): Tensor {
  const axis = x.rank - 1;
  const half = x.shape[axis] / 2;
  const [first, second] = [slice(x, [{ axis, end: half }]), slice(x, [{ axis, start: half }])];
  return concat([sub(mul(first, cosine), mul(second, sine)), add(mul(first, sine), mul(second, cosine))], axis);
}
