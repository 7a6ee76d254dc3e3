import { evaluate, fromArray, Generator, grad, mul, type Parameter, sum, type Tensor } from "@paperworks/tensor";
import { expect } from "vitest";

const generator = new Generator(5);

export const normal = (shape: readonly number[]): Tensor =>
  fromArray(generator.hostNormal(shape.reduce((a, b) => a * b, 1)), shape);

/**
 * Expects of two forms of a layer the same value, the same gradients in x and the parameters, and the same derivatives of the
 * gradient in x: what a derivative by hand owes to the definition.
 */
export async function expectSameDerivatives(
  [own, exact]: readonly [(x: Tensor) => Tensor, (x: Tensor) => Tensor],
  x: Tensor,
  parameters: readonly Parameter[],
): Promise<void> {
  const weights = normal(x.shape);
  const results = [own, exact].map((layer) => {
    const y = layer(x);
    const first = grad(sum(mul(mul(y, y), weights)), [x, ...parameters]);
    const second = grad(sum(mul(first[0], weights)), [x, parameters[0]]);
    return [y, ...first, ...second];
  });
  await evaluate(results.flat());
  const [ours, theirs] = results.map((tensors) => tensors.map((t) => Array.from(t.held as Float32Array)));
  ours.forEach((values, i) => {
    const scale = Math.max(1, ...theirs[i].map(Math.abs));
    values.forEach((value, j) => {
      expect(Math.abs(value - theirs[i][j]) / scale).toBeLessThan(2e-5);
    });
  });
}
