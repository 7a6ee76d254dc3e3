import { Embedding, Linear, Module, type SequenceCore } from "@paperworks/nn";
import {
  add,
  clamp,
  exp,
  logSoftmax,
  logSumExp,
  mul,
  neg,
  ShapeError,
  split,
  square,
  sub,
  type Tensor,
  takeAlongAxis,
  unsqueeze,
} from "@paperworks/tensor";

export interface EventModelOptions {
  marks: number;
  /** Components of the mixture. */
  components?: number;
}

/** What is expected of the next event, at each event: [batch, events, components], the last [batch, events, marks]. */
export interface NextEvent {
  logWeights: Tensor;
  means: Tensor;
  logDeviations: Tensor;
  markLogits: Tensor;
}

/**
 * A marked point process: at each event a mixture of log-normals for the time until the next one, and a softmax for its
 * mark. With z = log(wait) standardised,
 *
 *   p(z) = Σ_j π_j N(z; μ_j, σ_j²)        log σ_j within [−5, 3]
 *
 * Source of the head: O. Shchur et al., "Intensity-free learning of temporal point processes", 2020.
 */
export class EventModel extends Module {
  readonly core: SequenceCore;
  readonly marks: number;
  readonly components: number;
  readonly markEmbedding: Embedding;
  readonly waitEmbedding: Linear;
  readonly head: Linear;

  constructor(core: SequenceCore, { marks, components = 8 }: EventModelOptions) {
    super();
    this.core = core;
    this.marks = marks;
    this.components = components;
    this.markEmbedding = new Embedding({ count: marks, dim: core.dim });
    this.waitEmbedding = new Linear({ inFeatures: 1, outFeatures: core.dim });
    this.head = new Linear({ inFeatures: core.dim, outFeatures: 3 * components + marks });
  }

  /** @param marks [batch, events] int32 @param logWaits [batch, events] standardised */
  forward(marks: Tensor, logWaits: Tensor): NextEvent {
    if (marks.rank !== 2 || marks.shape.join() !== logWaits.shape.join())
      throw new ShapeError(
        `EventModel takes marks and waits [batch, events], got [${marks.shape.join(", ")}] and [${logWaits.shape.join(", ")}]`,
      );
    const tokens = add(this.markEmbedding.forward(marks), this.waitEmbedding.forward(unsqueeze(logWaits, -1)));
    const { components: k } = this;
    const parts = split(this.head.forward(this.core.forward(tokens)), [k, k, k, this.marks], -1);
    return {
      logWeights: logSoftmax(parts[0]),
      means: parts[1],
      logDeviations: clamp(parts[2], -5, 3),
      markLogits: parts[3],
    };
  }
}

/**
 * Negative log likelihood of the events that came, in nats, one number an event.
 *
 * @param marks    [batch, events] int32
 * @param logWaits [batch, events] standardised
 * @returns waits, in the density of the standardised log wait, and marks: [batch, events] each
 */
export function eventLoss(next: NextEvent, marks: Tensor, logWaits: Tensor): { waits: Tensor; marks: Tensor } {
  const { logWeights, means, logDeviations, markLogits } = next;
  const standardised = mul(sub(unsqueeze(logWaits, -1), means), exp(neg(logDeviations)));
  const normal = sub(mul(square(standardised), -0.5), add(logDeviations, 0.5 * Math.log(2 * Math.PI)));
  const chosen = takeAlongAxis(logSoftmax(markLogits), unsqueeze(marks, -1), -1);
  return { waits: neg(logSumExp(add(logWeights, normal), -1)), marks: neg(chosen.squeeze(-1)) };
}
