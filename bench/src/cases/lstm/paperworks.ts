import { Linear, Lstm, Module } from "@paperworks/nn";
import { configure, type Tensor, tensor } from "@paperworks/tensor";
import { ourThreads } from "../../peers.ts";
import type { Prepared } from "../../prepared.ts";
import { labels, pixels } from "../../random-batch.ts";
import { trainingStep } from "../../training-step.ts";
import sizes from "./sizes.json" with { type: "json" };

class SequenceClassifier extends Module {
  readonly layers = Array.from(
    { length: sizes.layers },
    () => new Lstm({ inputSize: sizes.width, hiddenSize: sizes.width }),
  );
  readonly head = new Linear({ inFeatures: sizes.width, outFeatures: sizes.classes });

  /** @param x [batch, length, width] @returns logits of the last step [batch, classes] */
  forward(x: Tensor): Tensor {
    const first = this.layers.slice(0, -1).reduce((h, layer) => layer.forward(h).outputs, x);
    return this.head.forward(this.layers[this.layers.length - 1].forward(first).state.hidden);
  }
}

export async function prepare(batch = sizes.batch): Promise<Prepared> {
  configure({ threads: ourThreads });
  const { length, width, classes, lr } = sizes;
  const model = new SequenceClassifier();
  const x = tensor(pixels(batch * length * width), { shape: [batch, length, width] });
  const y = tensor(labels(batch, classes), { shape: [batch] });
  return trainingStep({ model, logits: (images) => model.forward(images), inputs: [x], targets: y, lr });
}
