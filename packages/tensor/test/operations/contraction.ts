import { conv, convTranspose } from "../../src/ops/conv.ts";
import type { ConvOptions } from "../../src/ops/conv-geometry.ts";
import { einsum } from "../../src/ops/einsum.ts";
import { matmul } from "../../src/ops/matmul.ts";
import { avgPool, globalAveragePool, maxPool } from "../../src/ops/pool.ts";
import { CsrMatrix, type Entry } from "../../src/sparse/csr-matrix.ts";
import { spmm } from "../../src/sparse/spmm.ts";
import type { Tensor } from "../../src/tensor.ts";
import type { Draw } from "../draw.ts";
import type { OperationCase } from "../operation-case.ts";

function matrices(draw: Draw, batchA: number[], batchB: number[]): Tensor[] {
  const [m, k, n] = [draw.length(3), draw.length(3), draw.length(3)];
  return [draw.floats([...batchA, m, k]), draw.floats([...batchB, k, n], { offset: 0.81 })];
}

/** A convolution of random geometry over a number of spatial axes. */
const convCase = (axes: number, { dense = false }: { dense?: boolean } = {}): OperationCase => ({
  name: `conv over ${axes} spatial ${axes === 1 ? "axis" : "axes"}${dense ? " at stride 1" : ""}`,
  derivatives: 2,
  empty: false,
  trial: (draw) => {
    const groups = draw.pick(1, 1, 2);
    const [batch, perGroup, outPerGroup] = [draw.whole(1, 2), draw.whole(1, 2), draw.whole(1, 2)];
    const most = axes === 3 ? 2 : 3;
    const kernel = Array.from({ length: axes }, () => draw.whole(1, most));
    const each = (low: number, high: number) => Array.from({ length: axes }, () => draw.whole(low, high));
    const options: ConvOptions = {
      groups,
      stride: dense ? 1 : each(1, 2),
      dilation: each(1, axes === 3 ? 1 : 2),
      padding: dense
        ? "same"
        : draw.pick<ConvOptions["padding"]>(
            0,
            each(0, 2),
            each(0, 1).map((n) => [n, n + 1] as const),
          ),
    };
    // Room for the widest dilated kernel, and not more: every output costs a float64 loop for each difference.
    const spatial = kernel.map((k) => 2 * k - 1 + draw.whole(0, 1));
    return {
      inputs: [
        draw.floats([batch, groups * perGroup, ...spatial]),
        draw.floats([groups * outPerGroup, perGroup, ...kernel], { offset: 0.81 }),
      ],
      apply: (x, w) => conv(x, w, options),
    };
  },
});

const pooling = (name: string, pool: typeof maxPool, derivatives: 1 | 2): OperationCase => ({
  name,
  derivatives,
  empty: false,
  trial: (draw) => {
    const axes = draw.whole(1, 2);
    const kernel = Array.from({ length: axes }, () => draw.whole(1, 3));
    const stride = draw.pick<number[] | undefined>(
      undefined,
      kernel.map(() => draw.whole(1, 2)),
    );
    const padding = kernel.map((k) => draw.whole(0, Math.floor(k / 2)));
    return {
      inputs: [draw.floats([draw.whole(1, 2), draw.whole(1, 2), ...kernel.map((k) => k + draw.whole(0, 3))])],
      apply: (x) => pool(x, { kernel, stride, padding }),
    };
  },
});

export const contractionCases: OperationCase[] = [
  {
    name: "matmul of matrices",
    derivatives: 2,
    trial: (draw) => ({ inputs: matrices(draw, [], []), apply: matmul }),
  },
  {
    name: "matmul of batches that broadcast",
    derivatives: 2,
    trial: (draw) => {
      const [a, b] = draw.pair(2);
      return { inputs: matrices(draw, a, b), apply: matmul };
    },
  },
  {
    name: "matmul of a batch of rows by one matrix and by its transpose",
    derivatives: 2,
    trial: (draw) => {
      const [batch, m, k] = [draw.length(3), draw.length(3), draw.length(3)];
      return {
        inputs: [draw.floats([2, batch, m, k]), draw.floats([k, k], { offset: 0.81 })],
        apply: (x, w) => [matmul(x, w), matmul(x, w.transpose())],
      };
    },
  },
  {
    name: "matmul of transposed operands",
    derivatives: 2,
    trial: (draw) => {
      const batch = draw.pick<number[]>([], [2]);
      const [m, k, n] = [draw.length(3), draw.length(3), draw.length(3)];
      return {
        inputs: [draw.floats([...batch, k, m]), draw.floats([...batch, n, k], { offset: 0.81 })],
        apply: (a, b) => [
          matmul(a.transpose(), b.transpose()),
          matmul(b, a),
          matmul(a.transpose(), b.transpose().mul(2)),
        ],
      };
    },
  },
  {
    name: "matmul of vectors",
    derivatives: 2,
    trial: (draw) => {
      const [m, k] = [draw.length(3), draw.length(3)];
      return {
        inputs: [draw.floats([m, k]), draw.floats([k], { offset: 0.81 }), draw.floats([2, k, m], { offset: 0.11 })],
        apply: (a, v, c) => [
          matmul(a, v),
          matmul(v, a.transpose()),
          matmul(v, v),
          matmul(v, c),
          matmul(c.transpose(), v),
        ],
      };
    },
  },
  {
    name: "matmul of whole numbers",
    trial: (draw) => ({
      inputs: [draw.wholes([2, 3], -9, 9), draw.wholes([3, 4], -9, 9)],
      apply: (a, b) => [matmul(a, b), matmul(b.transpose(), a.transpose())],
    }),
  },
  {
    name: "einsum",
    derivatives: 1,
    trial: (draw) => {
      const [b, i, j, k] = [draw.length(2), draw.length(3), draw.length(3), draw.length(3)];
      return {
        inputs: [draw.floats([b, i, k]), draw.floats([b, k, j], { offset: 0.81 }), draw.floats([i], { offset: 0.11 })],
        apply: (x, y, z) => [
          einsum("bik,bkj->bij", x, y),
          einsum("b i k, b k j, i -> j i", x, y, z),
          einsum("bik->kb", x),
          einsum("bik,i->", x, z),
        ],
      };
    },
  },
  {
    name: "spmm",
    derivatives: 2,
    trial: (draw) => {
      const [rows, columns, width] = [draw.whole(1, 4), draw.whole(1, 4), draw.length(3)];
      const entries = Array.from(
        { length: draw.whole(0, 5) },
        (): Entry => [draw.whole(0, rows - 1), draw.whole(0, columns - 1), 1],
      );
      const matrix = CsrMatrix.fromEntries(rows, columns, entries);
      return {
        inputs: [draw.floats([columns, width]), draw.floats([matrix.entries], { offset: 0.81 })],
        apply: (x, values) => [spmm(matrix, x, values), spmm(matrix, x)],
      };
    },
  },
  convCase(1),
  convCase(2),
  convCase(2, { dense: true }),
  convCase(3),
  {
    name: "depthwise conv",
    derivatives: 2,
    empty: false,
    trial: (draw) => {
      const channels = draw.whole(2, 3);
      const options = { groups: channels, stride: draw.whole(1, 2), padding: 1, dilation: draw.whole(1, 2) };
      return {
        inputs: [draw.floats([1, channels, 5, 5]), draw.floats([channels, 1, 3, 3], { offset: 0.81 })],
        apply: (x, w) => conv(x, w, options),
      };
    },
  },
  {
    name: "convTranspose",
    derivatives: 2,
    empty: false,
    trial: (draw) => {
      const axes = draw.whole(1, 2);
      const groups = draw.whole(1, 2);
      const kernel = Array.from({ length: axes }, () => draw.whole(1, 3));
      const stride = kernel.map(() => draw.whole(1, 3));
      const options = {
        groups,
        stride,
        padding: kernel.map((k) => draw.whole(0, k > 1 ? 1 : 0)),
        outputPadding: stride.map((s) => draw.whole(0, s - 1)),
      };
      return {
        inputs: [
          draw.floats([draw.whole(1, 2), 2 * groups, ...kernel.map(() => draw.whole(2, 3))]),
          draw.floats([2 * groups, draw.whole(1, 2), ...kernel], { offset: 0.81 }),
        ],
        apply: (x, w) => convTranspose(x, w, options),
      };
    },
  },
  pooling("maxPool", maxPool, 1),
  pooling("avgPool", avgPool, 2),
  {
    name: "globalAveragePool",
    empty: false,
    trial: (draw) => ({ inputs: [draw.floats([2, ...draw.shape(2, 3)])], apply: globalAveragePool }),
  },
];
