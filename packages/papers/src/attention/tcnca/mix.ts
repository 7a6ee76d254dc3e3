import { type EmaForm, MultiDimensionalEma, type SequenceCore, TemporalConvNet } from "@paperworks/nn";
import { DomainError } from "@paperworks/tensor";

/** What smooths the sequence before the chunks attend: MEGA's moving average, TCNCA's convolutions, or a core of one's own. */
export type Mix = "ema" | "tcn" | SequenceCore;

export interface MixOptions {
  dim: number;
  /** Sees no later token; otherwise both sides. */
  causal?: boolean;
  /** Of "ema": averages a channel, and how they are computed. */
  ema?: { size?: number; form?: EmaForm };
  /** Of "tcn"; 2 layers of K = 17 taps with factor f = 16 see 273 tokens. */
  tcn?: { kernel?: number; factor?: number; layers?: number; depthwise?: boolean };
}

/** @throws DomainError for an unknown name, or a core of another width */
export function mixOf(mix: Mix, { dim, causal = true, ema = {}, tcn = {} }: MixOptions): SequenceCore {
  if (mix === "ema") return new MultiDimensionalEma({ size: 8, ...ema, dim, bidirectional: !causal }) as SequenceCore;
  if (mix === "tcn")
    return new TemporalConvNet({ kernel: 17, factor: 16, layers: 2, ...tcn, channels: dim, causal }) as SequenceCore;
  if (typeof mix === "string") throw new DomainError(`the mix is "ema", "tcn" or a sequence core, not "${mix}"`);
  if (mix.dim !== dim) throw new DomainError(`the mix has width ${mix.dim}, its block ${dim}`);
  return mix;
}
