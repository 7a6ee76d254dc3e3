import { Linear, Sequential } from "@paperworks/nn";
import { configure, relu, tensor } from "@paperworks/tensor";
import { ourThreads } from "../../peers.ts";
import type { Prepared } from "../../prepared.ts";
import { labels, pixels } from "../../random-batch.ts";
import { trainingStep } from "../../training-step.ts";
import sizes from "./sizes.json" with { type: "json" };

/** @param stepsACall training steps in one call of the program */
export async function prepare(stepsACall = 1): Promise<Prepared> {
  configure({ threads: ourThreads });
  const { batch, inputs, hidden, classes, lr } = sizes;
  const model = new Sequential([
    new Linear({ inFeatures: inputs, outFeatures: hidden }),
    relu,
    new Linear({ inFeatures: hidden, outFeatures: classes }),
  ]);
  const x = tensor(pixels(batch * inputs), { shape: [batch, inputs] });
  const y = tensor(labels(batch, classes), { shape: [batch] });
  return trainingStep({ model, logits: (images) => model.forward(images), inputs: [x], targets: y, lr, stepsACall });
}
