import { Adam, crossEntropy, Linear, parameterCount, parameters, Sequential } from "@paperworks/nn";
import { configure, cost, jit, relu, type Tensor, tensor } from "@paperworks/tensor";
import { ourThreads } from "../../peers.ts";
import type { Prepared } from "../../prepared.ts";
import { labels, pixels } from "../../random-batch.ts";
import sizes from "./sizes.json" with { type: "json" };

export async function prepare(): Promise<Prepared> {
  configure({ threads: ourThreads });
  const { batch, inputs, hidden, classes, lr } = sizes;
  const model = new Sequential([
    new Linear({ inFeatures: inputs, outFeatures: hidden }),
    relu,
    new Linear({ inFeatures: hidden, outFeatures: classes }),
  ]);
  const optimizer = new Adam(parameters(model), { lr });
  const train = (x: Tensor, y: Tensor): Tensor => {
    const loss = crossEntropy(model.forward(x), y);
    optimizer.minimize(loss);
    return loss;
  };
  const x = tensor(pixels(batch * inputs), { shape: [batch, inputs] });
  const y = tensor(labels(batch, classes), { shape: [batch] });
  const compiled = jit(train);
  return {
    parameters: parameterCount(model),
    cost: cost(train, x, y),
    step: async () => (await compiled(x, y)).item(),
  };
}
