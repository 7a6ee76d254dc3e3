import { configure, cost, jit, matmul, tensor } from "@paperworks/tensor";
import { threads } from "../peers.ts";
import type { Prepared } from "../prepared.ts";

/** The runtime's own rate: one product of two matrices of 1024 × 1024. Nothing is trained. */
export async function prepare(): Promise<Prepared> {
  configure({ threads });
  const n = 1024;
  const filled = (): Float32Array => Float32Array.from({ length: n * n }, () => Math.random() - 0.5);
  const [a, b] = [tensor(filled(), { shape: [n, n] }), tensor(filled(), { shape: [n, n] })];
  const product = jit(matmul);
  return {
    parameters: 0,
    cost: cost(matmul, a, b),
    async step() {
      await product(a, b);
      return 0;
    },
  };
}
