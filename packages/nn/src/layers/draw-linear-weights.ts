import { defaultGenerator, type Generator, type Parameter } from "@paperworks/tensor";
import { type ModuleTree, submodules } from "../module.ts";
import { Linear } from "./linear.ts";

/**
 * Draws weights and biases of all linear maps anew from U(±1/√fan-in), as PyTorch does: weights √3 times smaller than Glorot's where
 * a map is square.
 */
export function drawLinearWeights(model: ModuleTree, generator: Generator = defaultGenerator): void {
  for (const module of submodules(model)) {
    if (!(module instanceof Linear)) continue;
    const bound = 1 / Math.sqrt(module.weight.shape[0]);
    const draw = (parameter: Parameter): void =>
      parameter.set(generator.hostUniform(parameter.size).map((u) => bound * (2 * u - 1)));
    draw(module.weight);
    if (module.bias) draw(module.bias);
  }
}
