import { Embedding, LayerNorm, Linear, Module, TransformerBlock } from "@paperworks/nn";
import { add, configure, type Tensor, tensor } from "@paperworks/tensor";
import { ourThreads } from "../../peers.ts";
import type { Prepared } from "../../prepared.ts";
import { labels } from "../../random-batch.ts";
import { trainingStep } from "../../training-step.ts";
import sizes from "./sizes.json" with { type: "json" };

class CharTransformer extends Module {
  readonly tokens = new Embedding({ count: sizes.vocabulary, dim: sizes.dim });
  readonly positions = new Embedding({ count: sizes.length, dim: sizes.dim });
  readonly blocks = Array.from(
    { length: sizes.layers },
    () => new TransformerBlock({ dim: sizes.dim, heads: sizes.heads, causal: true }),
  );
  readonly norm = new LayerNorm({ dim: sizes.dim });
  readonly head = new Linear({ inFeatures: sizes.dim, outFeatures: sizes.vocabulary });

  /** @param ids [batch, length] @returns logits [batch, length, vocabulary] */
  forward(ids: Tensor): Tensor {
    const embedded = add(this.tokens.forward(ids), this.positions.weight);
    return this.head.forward(this.norm.forward(this.blocks.reduce((h, block) => block.forward(h), embedded)));
  }
}

export async function prepare(batch = sizes.batch): Promise<Prepared> {
  configure({ threads: ourThreads });
  const { length, vocabulary, lr } = sizes;
  const model = new CharTransformer();
  const [ids, targets] = [0, 1].map(() => tensor(labels(batch * length, vocabulary), { shape: [batch, length] }));
  return trainingStep({ model, logits: (x) => model.forward(x), inputs: [ids], targets, lr });
}
