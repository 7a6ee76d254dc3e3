import { type Module, namedModules } from "../module.ts";
import type { LoadOptions } from "./load.ts";

/** Last parts of names that differ; undefined: nothing of it is kept here. */
const renamed = new Map<string, string | undefined>([
  ["running_mean", "runningMean"],
  ["running_var", "runningVariance"],
  ["num_batches_tracked", undefined],
  ["weight_ih_l0", "inputWeight"],
  ["weight_hh_l0", "stateWeight"],
  ["bias_ih_l0", "inputBias"],
  ["bias_hh_l0", "stateBias"],
]);

/**
 * How a PyTorch state dictionary is read into a model whose modules have the same names: PyTorch's names of running
 * statistics and recurrent weights, and the matrices that it keeps as [out, in].
 *
 * `loadInto(model, bytes, pyTorchLayout(model))`
 *
 * @param model   the model to load into
 * @param modules the model's path for a path of PyTorch's modules, where they differ (`encoder.0` → `layers.0`)
 */
export function pyTorchLayout(
  model: Module,
  modules: (path: string) => string | undefined = (path) => path,
): Required<Pick<LoadOptions, "map" | "transpose">> {
  const turned = new Set<string>();
  for (const [path, module] of namedModules(model)) {
    for (const name of module.transposedInPyTorch) turned.add(path === "" ? name : `${path}.${name}`);
  }
  return {
    transpose: (name) => turned.has(name),
    map(name) {
      const cut = name.lastIndexOf(".");
      const last = name.slice(cut + 1);
      const own = renamed.has(last) ? renamed.get(last) : last;
      const path = cut < 0 ? "" : modules(name.slice(0, cut));
      if (own === undefined || path === undefined) return undefined;
      return path === "" ? own : `${path}.${own}`;
    },
  };
}
