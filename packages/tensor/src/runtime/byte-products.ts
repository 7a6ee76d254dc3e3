import { onnxType } from "../dtype.ts";
import { serializeModel } from "../onnx/model.ts";
import type { OrtLibrary } from "./runtime.ts";

/** Whether a model multiplies 8-bit whole numbers by constant weights, told by the operators named in it. */
export function hasByteProducts(model: Uint8Array): boolean {
  const text = Buffer.from(model.buffer, model.byteOffset, model.byteLength);
  return ["QGemm", "QLinear", "MatMulInteger"].some((operator) => text.includes(operator));
}

/** Session options under which the runtime reads constant int8 weights as uint8, whose products never saturate. */
export const exactByteProducts = { x64quantprecision: "1" };

const [rows, inner, columns] = [4, 8, 16];

/** 255 by 127 in every product: 16-bit sums of two of them would saturate. */
function largestProducts(): Uint8Array {
  return serializeModel({
    opset: 17,
    domains: {},
    graph: {
      name: "probe",
      nodes: [
        { operator: "MatMulInteger", domain: "", name: "product", inputs: ["x", "w"], outputs: ["y"], attributes: {} },
      ],
      inputs: [{ name: "x", type: onnxType("uint8"), shape: [rows, inner] }],
      outputs: [{ name: "y", type: onnxType("int32"), shape: [rows, columns] }],
      initializers: [
        {
          name: "w",
          type: onnxType("int8"),
          shape: [inner, columns],
          data: new Uint8Array(inner * columns).fill(127),
        },
      ],
    },
  });
}

async function probe({ InferenceSession, Tensor }: OrtLibrary): Promise<boolean> {
  const session = await InferenceSession.create(largestProducts(), { intraOpNumThreads: 1, logSeverityLevel: 3 });
  try {
    const x = new Tensor("uint8", new Uint8Array(rows * inner).fill(255), [rows, inner]);
    const { y } = await session.run({ x });
    return (y.data as Int32Array).some((sum) => sum !== 255 * 127 * inner);
  } finally {
    await session.release();
  }
}

let known: Promise<boolean> | undefined;

/**
 * Whether products of uint8 and int8 saturate on this processor (x86 without VNNI), found out once by computing some. The
 * remedy, `exactByteProducts`, takes 2.2 times as long where it is not needed.
 */
export const byteProductsSaturate = (library: OrtLibrary): Promise<boolean> => {
  known ??= probe(library);
  return known;
};
