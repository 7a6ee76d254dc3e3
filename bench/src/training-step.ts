import { Adam, crossEntropy, type Module, parameterCount, parameters } from "@paperworks/nn";
import { cost, expand, jit, scan, select, type Tensor } from "@paperworks/tensor";
import type { Prepared } from "./prepared.ts";

export interface TrainingTask {
  model: Module;
  /** What the model makes of the inputs. */
  logits(...inputs: Tensor[]): Tensor;
  inputs: Tensor[];
  targets: Tensor;
  lr: number;
  note?: string;
  /** Steps that a call takes, in a loop of the program; 1 when absent. */
  stepsACall?: number;
}

/** Our step of every case: cross-entropy, its gradient, Adam. */
export function trainingStep({ model, logits, inputs, targets, lr, note, stepsACall = 1 }: TrainingTask): Prepared {
  const optimizer = new Adam(parameters(model), { lr });
  const train = (y: Tensor, ...xs: Tensor[]): Tensor => {
    const loss = crossEntropy(logits(...xs), y);
    optimizer.minimize(loss);
    return loss;
  };
  const compiled = jit((y: Tensor, ...xs: Tensor[]): Tensor => {
    if (stepsACall === 1) return train(y, ...xs);
    const repeated = [y, ...xs].map((x) => expand(x, [stepsACall, ...x.shape]));
    const { outputs } = scan(
      (carry: Tensor[], [y, ...xs]: Tensor[]) => ({ carry, output: train(y, ...xs) }),
      [],
      repeated,
    );
    return select(outputs as Tensor, 0, stepsACall - 1);
  });
  return {
    parameters: parameterCount(model),
    stepsACall,
    cost: cost(train, targets, ...inputs),
    ...(note === undefined ? {} : { note }),
    step: async () => (await compiled(targets, ...inputs)).item(),
  };
}
