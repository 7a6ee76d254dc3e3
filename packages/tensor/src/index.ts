export { convolutionBlock } from "./blocked-layout.ts";
export { type AssociativeScanOptions, associativeScan } from "./control/associative-scan.ts";
export { checkpoint } from "./control/checkpoint.ts";
export { cond, switchCase } from "./control/cond.ts";
export { type CustomVjp, customVjp, straightThrough } from "./control/custom-vjp.ts";
export { type ScanOptions, scan } from "./control/scan.ts";
export { vmap } from "./control/vmap.ts";
export { whileLoop } from "./control/while-loop.ts";
export { type Cost, cost, type OperationCost } from "./cost.ts";
export { bytesPerElement, type DType, isFloat, isInteger, type TypedArray } from "./dtype.ts";
export * from "./errors.ts";
export { evaluate } from "./evaluate.ts";
export { type ExportOptions, exportOnnx } from "./export.ts";
export { grad, hessianVectorProduct, jvp, vjp } from "./grad.ts";
export { jit } from "./jit.ts";
export { type Complex, complexMul, conjugate, squaredMagnitude } from "./ops/complex.ts";
export { type ConvTransposeOptions, conv, convTranspose } from "./ops/conv.ts";
export type { ConvOptions, PerAxis } from "./ops/conv-geometry.ts";
export { type DctOptions, dct } from "./ops/dct.ts";
export { type DftOptions, dft, idft, inverseRealDft, realDft } from "./ops/dft.ts";
export { einsum } from "./ops/einsum.ts";
export * from "./ops/elementwise.ts";
export { flip, roll } from "./ops/flip-and-roll.ts";
export { alias, stopGradient } from "./ops/gradient-control.ts";
export { type GridSampleOptions, gridSample } from "./ops/grid-sample.ts";
export * from "./ops/indexing.ts";
export {
  type IntegerConvOptions,
  type IntegerMatmulOptions,
  integerConv,
  integerMatmul,
} from "./ops/integer-product.ts";
export { matmul } from "./ops/matmul.ts";
export * from "./ops/movement.ts";
export { avgPool, globalAveragePool, maxPool, type PoolOptions } from "./ops/pool.ts";
export * from "./ops/quantize.ts";
export {
  type QuantizedLayerOptions,
  QuantizedWeights,
  quantizedConv,
  quantizedLinear,
} from "./ops/quantized-layers.ts";
export { rearrange } from "./ops/rearrange.ts";
export * from "./ops/reduce.ts";
export { type ResizeMode, type ResizeOptions, resize } from "./ops/resize.ts";
export { scaleAndShift } from "./ops/scale-and-shift.ts";
export { logSoftmax, softmax } from "./ops/softmax.ts";
export { standardize, standardizeWithScale } from "./ops/standardize.ts";
export { istft, type StftOptions, stft, type WindowName } from "./ops/stft.ts";
export { defaultGenerator, Generator, manualSeed } from "./random.ts";
export {
  arange,
  eye,
  fromArray,
  full,
  ones,
  onesLike,
  scalar,
  type TensorLike,
  tensor,
  zeros,
  zerosLike,
} from "./record.ts";
export { activeRecording } from "./recording.ts";
export { DeviceError } from "./runtime/device-error.ts";
export { endProfiling } from "./runtime/ort.ts";
export { configuration, configure, type Device, devices, type RuntimeSettings } from "./runtime/settings.ts";
export { broadcastShapes, formatShape, type Shape, sameShape, sizeOf } from "./shape.ts";
export { CsrMatrix, type Entry } from "./sparse/csr-matrix.ts";
export { spmm } from "./sparse/spmm.ts";
export { Tensor } from "./tensor.ts";
export { type Tree, treeFill, treeLeaves, treeMap } from "./tree.ts";
export { Buffer, Parameter, Variable } from "./variable.ts";
export { packVariables, type VariablePack } from "./variable-pack.ts";
