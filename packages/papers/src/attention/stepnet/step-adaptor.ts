import { BatchNorm, Conv, init, initialParameter, Linear, Module } from "@paperworks/nn";
import {
  abs,
  add,
  concat,
  DomainError,
  div,
  expand,
  formatShape,
  log,
  log1p,
  mean,
  mul,
  type Parameter,
  relu,
  requireWhole,
  reshape,
  ShapeError,
  sigmoid,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
} from "@paperworks/tensor";

/** What chooses the step: nothing, squeeze and excite, a convolution over channels, style statistics, or stiffness. */
export const adaptorKinds = ["none", "se", "eca", "srm", "step"] as const;
export type AdaptorKind = (typeof adaptorKinds)[number];

export interface StepAdaptorOptions {
  kind: AdaptorKind;
  /** r: the inner layer of "se" and "step" has C/r units; 4 when absent. */
  reduction?: number;
}

/** Under the roots of sums of squares, whose slope at 0 would be infinite. */
const tiny = 1e-12;

/**
 * The step size of each channel, chosen from the residual branch f and the state x it is added to, a ∈ (0, 2)^C:
 *
 *   se     a = 2σ(W₂ relu(W₁ m))                    m_c = GAP(f)_c
 *   eca    a = 2σ(conv₃(m))                         along the channels
 *   srm    a = 2σ(BN(w_c · [mean_c, deviation_c]))
 *   step   a = 2σ(W₂ relu(W₁ [m; ρ; κ1]))           ρ_c = log(1 + RMS(f_c)/(RMS(x_c) + 0.1)), the channel's own stiffness,
 *                                                   κ = log(‖f‖/(‖x‖ + 10⁻³) + 10⁻⁶), that of the block
 *
 * The last layer begins at 0, so that a = 1 and training begins as the plain network.
 *
 * Source: "step" is our reconstruction of "Understanding Self-attention Mechanism via Dynamical System Perspective", whose text was
 * not at hand; squeeze and excite: Hu, Shen and Sun (2018); efficient channel attention: Wang et al. (2020); style-based recalibration: Lee,
 * Kim and Nam (2019). The factor 2 is ours.
 */
export class StepAdaptor extends Module {
  readonly channels: number;
  readonly kind: AdaptorKind;
  readonly squeeze?: Linear;
  readonly excite?: Linear;
  readonly acrossChannels?: Conv;
  /** [channels, 2] */
  readonly style?: Parameter;
  readonly styleNorm?: BatchNorm;

  constructor(channels: number, { kind, reduction = 4 }: StepAdaptorOptions) {
    super();
    requireWhole("StepAdaptor: channels", channels, 1);
    if (!adaptorKinds.includes(kind))
      throw new DomainError(`StepAdaptor: the kind is one of ${adaptorKinds.join(", ")}, got ${kind}`);
    requireWhole("StepAdaptor: reduction", reduction, 1);
    if (reduction > channels)
      throw new DomainError(`StepAdaptor: a reduction of ${reduction} leaves nothing of ${channels} channels`);
    this.channels = channels;
    this.kind = kind;
    if (kind === "se" || kind === "step") {
      const inner = Math.floor(channels / reduction);
      this.squeeze = new Linear({ inFeatures: kind === "se" ? channels : 3 * channels, outFeatures: inner });
      this.excite = new Linear({ inFeatures: inner, outFeatures: channels, init: init.zeros() });
    }
    if (kind === "eca")
      this.acrossChannels = new Conv({
        inChannels: 1,
        outChannels: 1,
        kernel: [3],
        padding: 1,
        bias: false,
        init: init.zeros(),
      });
    if (kind === "srm") {
      this.style = initialParameter([channels, 2], init.zeros());
      this.styleNorm = new BatchNorm({ channels });
    }
  }

  /** Gives the last layer weights of 0, and all layers biases of 0, so that a = 1. */
  beginAtOne(): void {
    const { squeeze, excite, acrossChannels, style } = this;
    for (const parameter of [squeeze?.bias, excite?.weight, excite?.bias, acrossChannels?.weight, style])
      parameter?.set(new Float32Array(parameter.size));
  }

  /**
   * @param f the residual branch, [batch, channels, height, width] or [batch, channels]
   * @param x the state that it is added to, of the same shape
   * @returns a, [batch, channels]; undefined for "none", which is a = 1
   * @throws ShapeError for other shapes
   */
  forward(f: Tensor, x: Tensor): Tensor | undefined {
    const fits = (f.rank === 2 || f.rank === 4) && f.shape[1] === this.channels;
    if (!fits || f.rank !== x.rank || f.shape.some((n, axis) => n !== x.shape[axis]))
      throw new ShapeError(
        `StepAdaptor of ${this.channels} channels takes f and x [batch, channels] or [batch, channels, height, width], got ${formatShape(f.shape)} and ${formatShape(x.shape)}`,
      );
    const logits = this.#logits(f, x);
    return logits && mul(sigmoid(logits), 2);
  }

  #logits(f: Tensor, x: Tensor): Tensor | undefined {
    if (this.squeeze && this.excite) {
      const statistics = this.kind === "se" ? average(f) : stiffnessStatistics(f, x);
      return this.excite.forward(relu(this.squeeze.forward(statistics)));
    }
    if (this.acrossChannels) {
      const [batch, channels] = f.shape;
      return reshape(this.acrossChannels.forward(reshape(average(f), [batch, 1, channels])), [batch, channels]);
    }
    if (this.style && this.styleNorm) {
      const styles = concat(
        [average(f), deviation(f)].map((value) => reshape(value, [...value.shape, 1])),
        2,
      );
      return this.styleNorm.forward(sum(mul(styles, this.style), 2));
    }
    return undefined;
  }
}

/** [m; ρ; κ1]. @returns [batch, 3·channels] */
export function stiffnessStatistics(f: Tensor, x: Tensor): Tensor {
  const own = log1p(div(rms(f), add(rms(x), 0.1)));
  const ofBlock = log(add(div(size(f), add(size(x), 1e-3)), 1e-6));
  return concat([average(f), own, expand(ofBlock, own.shape)], 1);
}

const inSpace = (x: Tensor): boolean => x.rank === 4;

/** GAP. @returns [batch, channels] */
const average = (x: Tensor): Tensor => (inSpace(x) ? mean(x, [2, 3]) : x);

function deviation(x: Tensor): Tensor {
  if (!inSpace(x)) return mul(x, 0);
  return sqrt(add(mean(square(sub(x, mean(x, [2, 3], { keepDims: true }))), [2, 3]), tiny));
}

/** The root mean square over space; the size of a number without one. @returns [batch, channels] */
const rms = (x: Tensor): Tensor => (inSpace(x) ? sqrt(add(mean(square(x), [2, 3]), tiny)) : abs(x));

/** ‖x‖ of each example. @returns [batch, 1] */
function size(x: Tensor): Tensor {
  const flat = reshape(x, [x.shape[0], x.size / x.shape[0]]);
  return sqrt(add(sum(square(flat), 1, { keepDims: true }), tiny));
}
