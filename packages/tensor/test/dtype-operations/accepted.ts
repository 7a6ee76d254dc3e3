import { type DType, isFloat, isInteger } from "../../src/dtype.ts";

const isBytes = (dtype: DType): boolean => dtype === "uint8" || dtype === "int8";
const isIndex = (dtype: DType): boolean => dtype === "int32" || dtype === "int64";

/** Which dtypes operations take, by rows of the table. What stands nowhere takes all of them. */
const classes: readonly (readonly [accepts: (dtype: DType) => boolean, rows: string])[] = [
  [
    isFloat,
    "exp log sqrt reciprocal rsqrt log1p expm1 erf sin cos tan asin acos atan sinh cosh tanh sigmoid logSigmoid softplus relu " +
      "leakyRelu elu gelu geluTanh silu mish hardSigmoid hardSwish heaviside floor ceil round trunc isNan isInf pow xlogy " +
      "mean variance std norm logSumExp softmax logSoftmax standardize standardizeWithScale scaleAndShift segmentSoftmax " +
      "conv convTranspose maxPool avgPool globalAveragePool resize gridSample dft idft realDft inverseRealDft dct stft istft " +
      "quantize fakeQuantize",
  ],
  [
    (dtype) => dtype !== "bool",
    "abs sign square clamp relu6 add sub mul div mod maximum minimum complexMul squaredMagnitude " +
      "equal notEqual less greater lessEqual greaterEqual sum max min prod sumTo argMax argMin topK sort argSort " +
      "scatterAdd segmentSum segmentMean segmentMax scatterAlongAxis",
  ],
  [(dtype) => dtype !== "bool" && !dtype.startsWith("u"), "neg conjugate"],
  [isInteger, "bitAnd bitOr bitXor shiftLeft shiftRight"],
  [(dtype) => dtype === "bool", "logicalAnd logicalOr logicalXor logicalNot predicate"],
  [isIndex, "oneHot indices"],
  [(dtype) => isFloat(dtype) || isIndex(dtype), "cumSum"],
  [(dtype) => dtype !== "bool" && !isBytes(dtype), "matmul einsum"],
  [(dtype) => dtype !== "bool" && dtype !== "float16", "spmm"],
  [(dtype) => isBytes(dtype) || dtype === "int32", "dequantize"],
  [isBytes, "integerMatmul integerConv"],
  [(dtype) => dtype === "uint8", "quantizedLinear quantizedConv"],
];

/** Whether a row of the table takes a dtype. Its class is that of its last word where it has one, else of its export. */
export function accepts(row: string, dtype: DType): boolean {
  const words = row.split(" ");
  const classOf = (name: string) => classes.find(([, rows]) => rows.split(" ").includes(name));
  const [takes] = classOf(words[words.length - 1]) ?? classOf(words[0]) ?? [() => true];
  return takes(dtype);
}
