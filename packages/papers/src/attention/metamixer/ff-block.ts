import { Conv, DropPath, init, initialParameter, type Layer, Module, Sequential, scaleOutputs } from "@paperworks/nn";
import { add, type Generator, mul, type Parameter, reshape, type Tensor } from "@paperworks/tensor";
import type { Mixer } from "./meta-mixer.ts";

export interface ResidualOptions {
  channels: number;
  /** Initial value of γ; no layer scale when absent. */
  layerScale?: number;
  /** The probability that an example goes without the branch in training; 0 when absent. */
  dropPath?: number;
  generator?: Generator;
}

/** x + γ ⊙ f(x): a residual branch with layer scale and stochastic depth. */
export class ScaledResidual extends Module implements Mixer {
  readonly branch: Mixer;
  /** γ [channels] */
  readonly scale?: Parameter;
  readonly dropPath: DropPath;

  constructor(branch: Mixer, { channels, layerScale, dropPath = 0, generator }: ResidualOptions) {
    super();
    this.branch = branch;
    if (layerScale !== undefined) this.scale = initialParameter([channels], init.constant(layerScale));
    this.dropPath = new DropPath({ rate: dropPath, generator });
  }

  /** @param x [N, channels, ...spatial] */
  forward(x: Tensor): Tensor {
    const y = this.branch.forward(x);
    return add(x, this.dropPath.forward(this.scale ? mul(y, alongChannels(this.scale, y)) : y));
  }

  fuse(): Residual {
    const branch = this.branch.fuse();
    return new Residual(this.scale ? scaled(branch, this.scale) : branch);
  }
}

/** x + f(x) */
export class Residual extends Module {
  readonly branch: Layer;

  constructor(branch: Layer) {
    super();
    this.branch = branch;
  }

  forward(x: Tensor): Tensor {
    return add(x, this.branch.forward(x));
  }
}

const alongChannels = (scale: Tensor, { rank }: Tensor): Tensor =>
  reshape(scale, [scale.size, ...new Array(rank - 2).fill(1)]);

/** Outputs times a factor a channel, inside the last convolution where there is one. */
function scaled(layer: Layer, scale: Tensor): Layer {
  const layers = layer instanceof Sequential ? layer.layers : [layer];
  const last = layers.at(-1);
  if (last instanceof Conv) return new Sequential([...layers.slice(0, -1), scaleOutputs(last, scale)]);
  return new Sequential([...layers, (y) => mul(y, alongChannels(scale, y))]);
}

/** x ← x + γ₁ ⊙ Mixer(x), x ← x + γ₂ ⊙ Channel(x). Without a mixer the places of a map do not meet in it. */
export class FfBlock extends Module implements Mixer {
  readonly mixer?: ScaledResidual;
  readonly channelMixer: ScaledResidual;

  constructor(mixer: Mixer | undefined, channelMixer: Mixer, options: ResidualOptions) {
    super();
    if (mixer) this.mixer = new ScaledResidual(mixer, options);
    this.channelMixer = new ScaledResidual(channelMixer, options);
  }

  /** @param x [N, channels, ...spatial] */
  forward(x: Tensor): Tensor {
    return this.channelMixer.forward(this.mixer ? this.mixer.forward(x) : x);
  }

  fuse(): Sequential {
    return new Sequential([...(this.mixer ? [this.mixer.fuse()] : []), this.channelMixer.fuse()]);
  }
}
