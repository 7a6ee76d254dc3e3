import { fromArray, grad, type Tensor } from "@paperworks/tensor";

/**
 * The largest difference between the gradient of a function and central differences of it, relative to the
 * largest gradient. For tests. More than 16 values, or the engine makes a program of each point.
 */
export async function gradientError(
  fn: (x: Tensor) => Tensor,
  values: Float64Array | Float32Array,
  shape: readonly number[],
  step = 1e-5,
): Promise<number> {
  const at = (data: Float64Array | Float32Array): Tensor => fromArray(data, shape);
  const x = at(values);
  const exact = await grad(fn(x), x).data();
  let [worst, largest] = [0, 1e-3];
  for (let i = 0; i < values.length; i++) {
    const [above, below] = await Promise.all(
      [step, -step].map((h) => fn(at(values.map((v, j) => (j === i ? v + h : v)))).item()),
    );
    worst = Math.max(worst, Math.abs((above - below) / (2 * step) - Number(exact[i])));
    largest = Math.max(largest, Math.abs(Number(exact[i])));
  }
  return worst / largest;
}
