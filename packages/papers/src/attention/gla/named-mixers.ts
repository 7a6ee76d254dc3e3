import { CausalLanguageModel, MixerBlock, SwiGlu } from "@paperworks/nn";
import { FixedDecay, NoGate } from "./gates.ts";
import { GatedLinearAttention, type GatedLinearAttentionOptions, type GlaState } from "./gla-layer.ts";

type WithoutGate = Omit<GatedLinearAttentionOptions, "gate">;

/** RetNet's mixer: the same layer with a fixed decay a head, 1 − 2^{−5−h}, and without rotary positions (Sun et al., 2023). */
export class Retention extends GatedLinearAttention {
  constructor(options: WithoutGate) {
    super({ ...options, gate: (of) => new FixedDecay(of) });
  }
}

/** The same layer without forgetting (Katharopoulos et al., 2020). */
export class LinearAttention extends GatedLinearAttention {
  constructor(options: WithoutGate) {
    super({ ...options, gate: () => new NoGate() });
  }
}

/** x + GLA(RMSNorm x), then x + SwiGLU(RMSNorm x). */
export class GlaBlock extends MixerBlock<GlaState> {
  constructor(options: GatedLinearAttentionOptions & { hidden?: number }) {
    const { dim, hidden } = options;
    super({ mixer: new GatedLinearAttention(options), feedForward: new SwiGlu({ dim, hidden }) });
  }
}

/** The language model of such blocks; `step(token, state)` generates from memory of constant size. */
export class GlaLanguageModel extends CausalLanguageModel<GlaState> {
  constructor(options: GatedLinearAttentionOptions & { vocabulary: number; depth: number; hidden?: number }) {
    const { vocabulary, depth, dim, hidden } = options;
    super({
      vocabulary,
      dim,
      depth,
      mixer: () => new GatedLinearAttention(options),
      feedForward: () => new SwiGlu({ dim, hidden }),
    });
  }
}
