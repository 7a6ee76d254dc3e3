import { Embedding, LayerNorm, Linear, Module, TransformerBlock } from "@paperworks/nn";
import { configure, type Tensor, tensor } from "@paperworks/tensor";
import { ourThreads } from "../peers.ts";
import type { Prepared } from "../prepared.ts";
import { labels } from "../random-batch.ts";
import { trainingStep } from "../training-step.ts";

const [vocabulary, dim, heads, layers, batch, length] = [65, 64, 4, 12, 4, 32];

/** A deep, narrow transformer: its training graph has about 1,500 nodes, whose values take little time. */
class DeepTransformer extends Module {
  readonly tokens = new Embedding({ count: vocabulary, dim });
  readonly blocks = Array.from({ length: layers }, () => new TransformerBlock({ dim, heads, causal: true }));
  readonly norm = new LayerNorm({ dim });
  readonly head = new Linear({ inFeatures: dim, outFeatures: vocabulary });

  forward(ids: Tensor): Tensor {
    const h = this.blocks.reduce((x, block) => block.forward(x), this.tokens.forward(ids));
    return this.head.forward(this.norm.forward(h));
  }
}

/** The first step records, differentiates, compiles and runs the graph: its time is what matters here. */
export async function prepare(): Promise<Prepared> {
  configure({ threads: ourThreads });
  const model = new DeepTransformer();
  const [ids, targets] = [0, 1].map(() => tensor(labels(batch * length, vocabulary), { shape: [batch, length] }));
  const prepared = trainingStep({ model, logits: (x) => model.forward(x), inputs: [ids], targets, lr: 1e-3 });
  const nodes = prepared.cost?.operations.reduce((n, { count }) => n + count, 0);
  return { ...prepared, note: `${nodes} nodes` };
}
