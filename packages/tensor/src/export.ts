import { DomainError } from "./errors.ts";
import { leavesOf, variableOf } from "./evaluate.ts";
import { recordFunction } from "./jit.ts";
import { freeFirstDimension } from "./onnx/free-dimension.ts";
import { lowerProgram } from "./onnx/lower.ts";
import { fromArray, zeros } from "./record.ts";
import type { Tensor } from "./tensor.ts";
import { leafPaths } from "./tree.ts";

export interface ExportOptions {
  /** Keep to operators of the ONNX standard, so that any runtime can read the file. */
  standard?: boolean;
  /** The first axis of these inputs (of all when true) takes any size, one and the same for all of them. */
  batched?: boolean | readonly string[];
}

/** Sizes that no other dimension of a model is likely to have. */
const trialSizes = [1009, 1013, 1021];

/**
 * The bytes of an ONNX file that computes fn, its variables inside as they are now.
 *
 * @param fn     as for `jit`, from one tree of named tensors to another; assignments are left out
 * @param inputs an example of each input, named: `{ images: zeros([1, 784]) }`; the names are those of the file's inputs
 * @returns      a model whose outputs have the names fn gives them (a single tensor is called `output`)
 * @throws DomainError if the model is to be `batched` and something in it fits one size only
 */
export async function exportOnnx<I extends Record<string, Tensor>>(
  fn: (inputs: I) => Tensor | Record<string, Tensor>,
  inputs: I,
  { standard = true, batched = false }: ExportOptions = {},
): Promise<Uint8Array> {
  const names = Object.keys(inputs);
  if (names.length === 0) throw new DomainError("exportOnnx needs at least one named input");
  const free = batched === true ? names : batched || [];
  if (free.length === 0) return exportFixed(fn, inputs, standard);
  const wrong = free.find((name) => !inputs[name] || inputs[name].rank === 0);
  if (wrong !== undefined)
    throw new DomainError(
      `exportOnnx: ${wrong} is batched but is no input with an axis; the inputs are ${names.join(", ")}`,
    );
  const files: Uint8Array[] = [];
  for (const size of trialSizes) {
    const sized = names.map((name): [string, Tensor] => {
      const { shape, dtype } = inputs[name];
      return [name, free.includes(name) ? zeros([size, ...shape.slice(1)], dtype) : inputs[name]];
    });
    files.push(await exportFixed(fn, Object.fromEntries(sized) as I, standard));
  }
  return freeFirstDimension(files, trialSizes, free[0]);
}

/** The file for inputs of exactly the shapes of the example. */
async function exportFixed<I extends Record<string, Tensor>>(
  fn: (inputs: I) => Tensor | Record<string, Tensor>,
  inputs: I,
  standard: boolean,
): Promise<Uint8Array> {
  const names = Object.keys(inputs);
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
