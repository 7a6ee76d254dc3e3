import { Adam, crossEntropy, type Module, parameterCount, parameters } from "@paperworks/nn";
import { cost, jit, type Tensor } from "@paperworks/tensor";
import type { Prepared } from "./prepared.ts";

export interface TrainingTask {
  model: Module;
  /** What the model makes of the inputs. */
  logits(...inputs: Tensor[]): Tensor;
  inputs: Tensor[];
  targets: Tensor;
  lr: number;
  note?: string;
}

/** Our step of every case: cross-entropy, its gradient, Adam. */
export function trainingStep({ model, logits, inputs, targets, lr, note }: TrainingTask): Prepared {
  const optimizer = new Adam(parameters(model), { lr });
  const train = (y: Tensor, ...xs: Tensor[]): Tensor => {
    const loss = crossEntropy(logits(...xs), y);
    optimizer.minimize(loss);
    return loss;
  };
  const compiled = jit(train);
  return {
    parameters: parameterCount(model),
    cost: cost(train, targets, ...inputs),
    ...(note === undefined ? {} : { note }),
    step: async () => (await compiled(targets, ...inputs)).item(),
  };
}
