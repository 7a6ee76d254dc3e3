import { broadcasting } from "../batching.ts";
import { requireSameDType } from "../dtype.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { definePrimitive } from "../primitive.ts";
import { recordOne } from "../record.ts";
import { broadcastShapes, formatShape, type Shape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { bytesOf } from "../work.ts";
import { leadingSum } from "./leading-sum.ts";
import { reshape } from "./movement.ts";
import { sumTo } from "./reduce.ts";

interface MatmulAttributes {
  /** Operands read transposed in their last two axes, so that no transposed copy is made. */
  transposeA: boolean;
  transposeB: boolean;
}

const rowsAndColumns = (shape: readonly number[], transposed: boolean): [number, number] => {
  const [m, n] = shape.slice(-2);
  return transposed ? [n, m] : [m, n];
};

/**
 * How many products of fewer rows a product AᵀB of many rows, the gradient of a weight, is the sum of. The runtime turns the whole
 * A round before it multiplies: in parts, results of up to 64 × 64 take half the time, on one thread as on two.
 */
function rowParts(a: Shape, b: Shape): number {
  if (a.length !== 2 || b.length !== 2) return 1;
  const [rows, columns] = a;
  if (columns * b[1] > mostValues || rows < 2 * Math.max(columns, b[1])) return 1;
  return [4, 2].find((parts) => rows % parts === 0 && rows / parts >= leastRows) ?? 1;
}

const [mostValues, leastRows] = [96 * 96, 64];

const matmulPrimitive = definePrimitive<MatmulAttributes>({
  name: "matmul",
  infer([a, b], { transposeA, transposeB }) {
    const dtype = requireSameDType("matmul", a.dtype, b.dtype);
    if (dtype === "bool" || dtype === "uint8" || dtype === "int8")
      throw new DTypeError(`matmul has no product of ${dtype}; cast first, or use integerMatmul`);
    const [m, k] = rowsAndColumns(a.shape, transposeA);
    const [k2, n] = rowsAndColumns(b.shape, transposeB);
    if (k !== k2) {
      const show = (shape: readonly number[], t: boolean) => `${formatShape(shape)}${t ? " transposed" : ""}`;
      throw new ShapeError(
        `matmul: ${show(a.shape, transposeA)} and ${show(b.shape, transposeB)} do not multiply (${k} columns against ${k2} rows)`,
      );
    }
    return [{ shape: [...broadcastShapes("matmul", a.shape.slice(0, -2), b.shape.slice(0, -2)), m, n], dtype }];
  },
  vjp({ inputs: [a, b], attributes: { transposeA, transposeB } }, [g]) {
    if (!g) return [undefined, undefined];
    // Y = A B: dA = G Bᵀ and dB = Aᵀ G; the flags turn these round for transposed operands.
    if (a.rank > 2 && b.rank === 2 && !transposeA) {
      // One weight for a whole batch: its gradient is one long product of rows.
      const [rows, given] = [a, g].map(rowsOf);
      const gb = transposeB ? product(given, rows, true, false) : product(rows, given, true, false);
      return [product(g, b, false, !transposeB), gb];
    }
    const ga = transposeA ? product(b, g, transposeB, true) : product(g, b, false, !transposeB);
    const gb = transposeB ? product(g, a, true, transposeA) : product(a, g, !transposeA, false);
    return [sumTo(ga, a.shape), sumTo(gb, b.shape)];
  },
  batch: broadcasting,
  lower({ emit, names, inputs: [a, b], outputs: [y], attributes: { transposeA, transposeB } }) {
    // The runtime leaves a product over an empty axis unwritten, and does not broadcast empty batches; the sum of nothing is 0.
    if (rowsAndColumns(a.shape, transposeA)[1] === 0 || sizeOf(y.shape) === 0) return [emit.full(y.shape, 0, y.dtype)];
    const flags = { transA: { int: transposeA ? 1 : 0 }, transB: { int: transposeB ? 1 : 0 } };
    const fused = emit.transposing && a.dtype === "float32";
    // A product of rows and the addition behind it would become one operator that takes longer than the two.
    const isOfRows = a.shape.length > 2 && b.shape.length === 2;
    if (!transposeA && !transposeB && !(isOfRows && fused)) return [emit.one("MatMul", names)];
    const parts = transposeA && !transposeB && fused ? rowParts(a.shape, b.shape) : 1;
    if (parts > 1) {
      const [left, right] = [a, b].map(({ shape: [k, n] }, i) => emit.reshape(names[i], [parts, k / parts, n]));
      const products = emit.one("FusedMatMul", [left, right], flags, "com.microsoft");
      return [leadingSum(emit, products, [parts, ...y.shape], 1, y.dtype)];
    }
    if (a.shape.length === 2 && b.shape.length === 2 && (a.dtype === "float32" || a.dtype === "float64"))
      return [emit.one("Gemm", names, flags)];
    if (fused) return [emit.one("FusedMatMul", names, flags, "com.microsoft")];
    const swapped = (name: string, rank: number) =>
      emit.one("Transpose", [name], {
        perm: { ints: [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2] },
      });
    return [
      emit.one("MatMul", [
        transposeA ? swapped(names[0], a.shape.length) : names[0],
        transposeB ? swapped(names[1], b.shape.length) : names[1],
      ]),
    ];
  },
  cost([a, b], [y], { transposeA, transposeB }) {
    const macs = sizeOf(y.shape) * rowsAndColumns(a.shape, transposeA)[1];
    const parts = transposeA && !transposeB && a.dtype === "float32" ? rowParts(a.shape, b.shape) : 1;
    return { macs, flops: 2 * macs, scratch: parts > 1 ? parts * bytesOf(y) : 0 };
  },
});

/** [..., n] as [rows, n] */
const rowsOf = (t: Tensor): Tensor => reshape(t, [sizeOf(t.shape.slice(0, -1)), t.shape[t.rank - 1]]);

/** The operand behind a swap of the last two axes, and whether there was one. */
function throughTranspose(x: Tensor): [Tensor, boolean] {
  if (x.held || x.node.primitive.name !== "permute") return [x, false];
  const { order } = x.node.attributes as { order: readonly number[] };
  const rank = order.length;
  const swapsLastTwo = order.every((axis, i) => axis === (i === rank - 2 ? rank - 1 : i === rank - 1 ? rank - 2 : i));
  return swapsLastTwo ? [x.node.inputs[0], true] : [x, false];
}

function product(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor {
  const [left, swappedA] = throughTranspose(a.resolve());
  const [right, swappedB] = throughTranspose(b.resolve());
  const attributes = { transposeA: transposeA !== swappedA, transposeB: transposeB !== swappedB };
  return recordOne(matmulPrimitive, [left, right], attributes);
}

/**
 * Matrix product over the last two axes; leading axes broadcast; a vector is a row on the left and a column on the right.
 *
 * @param a [..., m, k] or [k]
 * @param b [..., k, n] or [k]
 * @returns [..., m, n]
 * @throws ShapeError if the inner lengths differ
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  if (a.shape.length === 0 || b.shape.length === 0)
    throw new ShapeError(`matmul needs at least vectors, got ${formatShape(a.shape)} and ${formatShape(b.shape)}`);
  const left = a.shape.length === 1 ? reshape(a, [1, a.shape[0]]) : a;
  const right = b.shape.length === 1 ? reshape(b, [b.shape[0], 1]) : b;
  const out = product(left, right, false, false);
  const shape = [...out.shape];
  if (b.shape.length === 1) shape.splice(shape.length - 1, 1);
  if (a.shape.length === 1) shape.splice(shape.length - (b.shape.length === 1 ? 1 : 2), 1);
  return reshape(out, shape);
}
