import * as op from "../../src/index.ts";
import { type DtypeTable, matrix, picture, vector } from "./operands.ts";

const sparse = op.CsrMatrix.fromEntries(2, 2, [
  [0, 1, 1],
  [1, 0, 1],
]);

const partsOf = ({ real, imaginary }: op.Complex): op.Tensor[] => [real, imaginary];

const products: DtypeTable = {
  matmul: matrix((x) => op.matmul(x, x.transpose())),
  "matmul of a batch": matrix((x) => op.matmul(x.reshape([1, 2, 3]), x.reshape([1, 3, 2]))),
  einsum: matrix((x) => op.einsum("a b, c b -> a c", x, x)),
  spmm: (make) => op.spmm(sparse, make([1, 2, 3, 4], [2, 2]), make([2, 3])),
  conv: picture((x, kernel) => op.conv(x, kernel)),
  "conv of separate channels": picture((x, kernel) =>
    op.conv(op.concat([x, x], 1), op.concat([kernel, kernel]), { groups: 2 }),
  ),
  convTranspose: picture((x, kernel) => op.convTranspose(x, kernel, { stride: 2 })),
  maxPool: picture((x) => op.maxPool(x, { kernel: 2, stride: 1 })),
  avgPool: picture((x) => op.avgPool(x, { kernel: 2, stride: 1 })),
  globalAveragePool: picture((x) => op.globalAveragePool(x)),
};

const transforms: DtypeTable = {
  resize: picture((x) => op.resize(x, { size: 2, mode: "linear" })),
  "resize by nearest": picture((x) => op.resize(x, { size: 5, mode: "nearest" })),
  "resize by cubic": picture((x) => op.resize(x, { scale: 2, mode: "cubic" })),
  gridSample: (make) => op.gridSample(make([1, 5, 2, 4], [1, 1, 2, 2]), make([0, 1, 1, 0], [1, 1, 2, 2])),
  dft: vector((x) => partsOf(op.dft(x))),
  idft: vector((x) => partsOf(op.idft({ real: x, imaginary: x }))),
  realDft: vector((x) => partsOf(op.realDft(x))),
  inverseRealDft: vector((x) => op.inverseRealDft({ real: x, imaginary: op.zerosLike(x) })),
  dct: vector((x) => op.dct(x)),
  stft: vector((x) => partsOf(op.stft(x, { frame: 4 }))),
  istft: (make) =>
    op.istft(
      { real: make([9, 2, 7, 3, 1, 2], [2, 3]), imaginary: make([0, 0, 0, 0, 0, 0], [2, 3]) },
      { frame: 2, hop: 1, window: "hamming" },
    ),
};

const half = { scale: 0.5, zeroPoint: 3 };
const weights = (shape: number[]): op.QuantizedWeights =>
  new op.QuantizedWeights(Int8Array.of(1, -2, 3, 4), shape, 0.5);

const quantized: DtypeTable = {
  quantize: vector((x) => op.quantize(x, op.cast(op.scalar(0.5), x.dtype), 3)),
  dequantize: vector((x) => op.dequantize(x, 0.5, 1)),
  fakeQuantize: vector((x) => op.fakeQuantize(x, op.cast(op.scalar(2), x.dtype))),
  integerMatmul: matrix((x) => op.integerMatmul(x, x.transpose(), { zeroA: 1, zeroB: 2 })),
  integerConv: picture((x, kernel) => op.integerConv(x, kernel, { zeroX: 1, zeroWeight: 2 })),
  quantizedLinear: (make) =>
    op.quantizedLinear(make([3, 9, 1, 4], [2, 2]), weights([2, 2]), { input: half, output: half }),
  quantizedConv: picture((x) => op.quantizedConv(x, weights([1, 1, 2, 2]), { input: half, output: half })),
};

export const layerOperations: DtypeTable = { ...products, ...transforms, ...quantized };
