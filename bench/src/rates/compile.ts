import {
  Adam,
  crossEntropy,
  Embedding,
  LayerNorm,
  Linear,
  Module,
  parameterCount,
  parameters,
  TransformerBlock,
} from "@paperworks/nn";
import { configure, cost, jit, type Tensor, tensor } from "@paperworks/tensor";
import { ourThreads } from "../peers.ts";
import type { Prepared } from "../prepared.ts";
import { labels } from "../random-batch.ts";

const [vocabulary, dim, heads, layers, batch, length] = [65, 64, 4, 8, 4, 32];

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
  const optimizer = new Adam(parameters(model), { lr: 1e-3 });
  const train = (ids: Tensor, targets: Tensor): Tensor => {
    const loss = crossEntropy(model.forward(ids), targets);
    optimizer.minimize(loss);
    return loss;
  };
  const [ids, targets] = [0, 1].map(() => tensor(labels(batch * length, vocabulary), { shape: [batch, length] }));
  const compiled = jit(train);
  const nodes = cost(train, ids, targets).operations.reduce((n, { count }) => n + count, 0);
  return {
    parameters: parameterCount(model),
    note: `${nodes} nodes`,
    step: async () => (await compiled(ids, targets)).item(),
  };
}
