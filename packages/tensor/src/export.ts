import { DomainError } from "./errors.ts";
import { leavesOf, variableOf } from "./evaluate.ts";
import { recordFunction } from "./jit.ts";
import { lowerProgram } from "./onnx/lower.ts";
import { fromArray } from "./record.ts";
import type { Tensor } from "./tensor.ts";
import { leafPaths } from "./tree.ts";

export interface ExportOptions {
  /** Keep to operators of the ONNX standard, so that any runtime can read the file. */
  standard?: boolean;
}

/**
 * The bytes of an ONNX file that computes fn, its variables inside as they are now.
 *
 * @param fn     as for `jit`, from one tree of named tensors to another; assignments are left out
 * @param inputs an example of each input, named: `{ images: zeros([1, 784]) }`; the names are those of the file's inputs
 * @returns      a model whose outputs have the names fn gives them (a single tensor is called `output`)
 */
export async function exportOnnx<I extends Record<string, Tensor>>(
  fn: (inputs: I) => Tensor | Record<string, Tensor>,
  inputs: I,
  { standard = true }: ExportOptions = {},
): Promise<Uint8Array> {
  const names = Object.keys(inputs);
  if (names.length === 0) throw new DomainError("exportOnnx needs at least one named input");
  const { placeholders, result, results } = recordFunction((tree: I) => fn(tree), [inputs]);
  const outputNames = leafPaths(result).map((path) => path || "output");
  const embedded = new Map<Tensor, Tensor>();
  for (const leaf of leavesOf(results)) {
    const variable = variableOf(leaf);
    if (variable) embedded.set(leaf, fromArray(await variable.data(), leaf.shape, leaf.dtype));
  }
  const { bytes } = lowerProgram(results, {
    standard,
    inputNames: new Map(placeholders.map((leaf, i) => [leaf, names[i]])),
    outputNames,
    embed: (leaf) => embedded.get(leaf),
  });
  return bytes;
}
