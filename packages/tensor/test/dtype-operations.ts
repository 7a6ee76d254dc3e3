import type { DType } from "../src/dtype.ts";
import { type Tensor, tensor } from "../src/index.ts";
import { controlOperations } from "./dtype-operations/control.ts";
import { elementwiseOperations } from "./dtype-operations/elementwise.ts";
import { layerOperations } from "./dtype-operations/layers.ts";
import type { DtypeTable } from "./dtype-operations/operands.ts";
import { structureOperations } from "./dtype-operations/structure.ts";

/** Every operation the package exports, to be tried in every dtype. */
export const dtypeOperations: DtypeTable = {
  ...elementwiseOperations,
  ...structureOperations,
  ...layerOperations,
  ...controlOperations,
};

/** The exported functions that stand in no row, and why. */
export const withoutDtypes: Readonly<Record<string, readonly string[]>> = {
  "a derivative: its dtype is the operation's, checked with every operation": [
    ...["grad", "vjp", "jvp", "hessianVectorProduct"],
  ],
  "runs, writes or measures recorded programs": ["jit", "evaluate", "exportOnnx", "cost"],
  "asks about shapes and dtypes": [
    ...["broadcastShapes", "formatShape", "sameShape", "sizeOf", "bytesPerElement", "isFloat", "isInteger"],
  ],
  "settings and state of the engine": [
    "configure",
    "configuration",
    "convolutionBlock",
    "manualSeed",
    "activeRecording",
    "endProfiling",
  ],
  "walks trees of any values": ["treeFill", "treeLeaves", "treeMap"],
  "says where variables keep their values": ["packVariables"],
  "numbers, not tensors": ["quantizationFor", "quantizedRange", "requireWhole"],
};

export const tensorOf = (dtype: DType, values: readonly number[], shape: readonly number[] = [values.length]): Tensor =>
  tensor(Float64Array.from(dtype === "bool" ? values.map((value) => value % 2) : values), { shape, dtype });
