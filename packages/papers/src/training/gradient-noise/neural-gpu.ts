import { type Initializer, init, initialParameter, Module } from "@paperworks/nn";
import {
  add,
  conv,
  DomainError,
  expand,
  fromArray,
  type Generator,
  gather,
  isInteger,
  matmul,
  mul,
  type Parameter,
  pad,
  permute,
  requireWhole,
  reshape,
  ShapeError,
  select,
  sigmoid,
  slice,
  sub,
  type Tensor,
  tanh,
} from "@paperworks/tensor";

export interface ConvolutionalGruOptions {
  /** m: channels of one model's state. */
  channels: number;
  /** R: models side by side that share nothing. */
  restarts?: number;
  /** Side of the kernels, odd. */
  kernelSize?: number;
  /** B′: where the update gate starts. */
  updateBias?: number;
  generator?: Generator;
}

/**
 * A gated recurrent unit whose products are convolutions over the cells of the state, "same" at the border:
 *
 *   u = σ(U′ * s + B′)    r = σ(U″ * s + B″)
 *   CGRU(s) = u ⊙ s + (1 − u) ⊙ tanh(U * (r ⊙ s) + B)
 *
 * R models are R groups of the same convolution. Both gates of a model are one convolution, u before r in its channels.
 *
 * Source: Ł. Kaiser and I. Sutskever, "Neural GPUs learn algorithms", 2016, section 2.
 */
export class ConvolutionalGru extends Module {
  readonly channels: number;
  readonly restarts: number;
  /** U′ and U″, [R·2m, m, k, k] */
  readonly gateWeight: Parameter;
  /** B′ and B″, [R, 2, m, 1, 1] */
  readonly gateBias: Parameter;
  /** U, [R·m, m, k, k] */
  readonly candidateWeight: Parameter;
  /** B, [R·m, 1, 1] */
  readonly candidateBias: Parameter;

  /** @throws DomainError for no channels, no model or an even kernel */
  constructor({ channels, restarts = 1, kernelSize = 3, updateBias = 1, generator }: ConvolutionalGruOptions) {
    super();
    requireWhole("ConvolutionalGru: channels", channels, 1);
    requireWhole("ConvolutionalGru: restarts", restarts, 1);
    requireWhole("ConvolutionalGru: kernelSize", kernelSize, 1);
    if (kernelSize % 2 === 0)
      throw new DomainError(`ConvolutionalGru: a kernel around a cell has an odd side, got ${kernelSize}`);
    this.channels = channels;
    this.restarts = restarts;
    const fan = channels * kernelSize ** 2;
    const kernels = (outputs: number): Parameter =>
      initialParameter([restarts * outputs, channels, kernelSize, kernelSize], init.glorotUniform(), {
        fanIn: fan,
        fanOut: fan,
        generator,
      });
    this.gateWeight = kernels(2 * channels);
    const gateBias: Initializer = () =>
      Float32Array.from({ length: 2 * restarts * channels }, (_, i) =>
        Math.floor(i / channels) % 2 === 0 ? updateBias : 0,
      );
    this.gateBias = initialParameter([restarts, 2, channels, 1, 1], gateBias);
    this.candidateWeight = kernels(channels);
    this.candidateBias = initialParameter([restarts * channels, 1, 1], init.zeros());
  }

  /**
   * @param state [batch, R·m, w, n]
   * @param cells [n] of 0 and 1: where 0, the next state is 0, as it is beyond the border; all ones when absent
   * @returns     the same shape as the state
   * @throws ShapeError if the channels are not those of R models
   */
  forward(state: Tensor, cells?: Tensor): Tensor {
    const { channels, restarts } = this;
    const [batch, all, ...grid] = state.shape;
    if (state.rank !== 4 || all !== restarts * channels)
      throw new ShapeError(
        `ConvolutionalGru: the state is [batch, ${restarts * channels}, w, n], got [${state.shape.join(", ")}]`,
      );
    const geometry = { padding: "same", groups: restarts } as const;
    const both = reshape(conv(state, this.gateWeight, geometry), [batch, restarts, 2, channels, ...grid]);
    const gates = sigmoid(add(both, this.gateBias));
    const gate = (which: number): Tensor => reshape(select(gates, 2, which), state.shape);
    const [update, reset] = [gate(0), gate(1)];
    const candidate = tanh(add(conv(mul(reset, state), this.candidateWeight, geometry), this.candidateBias));
    const next = add(candidate, mul(update, sub(state, candidate)));
    return cells ? mul(next, cells) : next;
  }
}

export interface NeuralGpuOptions {
  /** Input tokens and output classes. */
  vocab: number;
  /** w: rows of the state; the sequence is the first. */
  width?: number;
  /** m */
  channels?: number;
  /** R: independent models in one graph, each with weights of its own. */
  restarts?: number;
  kernelSize?: number;
  updateBias?: number;
  generator?: Generator;
}

/**
 * A machine that turns the state of a whole sequence at once, as often as the sequence is long.
 *
 *   s_0[0, j] = E[x_j], the other rows 0                   s ∈ [w, n, m]
 *   s_{t+1} = CGRU_2(CGRU_1(s_t)),  t = 0 … n − 1
 *   logits_j = s_n[0, j] O
 *
 * The R restarts lie on a leading model axis of embeddings and readout, and in the groups of the convolutions: no model sees
 * another, and the gradient of the SUM of their losses is each one's own gradient.
 *
 * The sequences of a batch lie side by side along the length, a column of zeros between two of them in place of the border:
 * one product of a fair size for each model, where a batch axis would make one tiny product for each model and sequence.
 *
 * Source: Kaiser and Sutskever, 2016; the restarts are those of Neelakantan et al., arXiv 1511.06807, section 4.5.
 */
export class NeuralGpu extends Module {
  readonly restarts: number;
  readonly channels: number;
  readonly width: number;
  /** E, [R, vocab, m] */
  readonly embedding: Parameter;
  readonly units: readonly [ConvolutionalGru, ConvolutionalGru];
  /** O, [R, m, vocab] */
  readonly readout: Parameter;

  /** @throws DomainError for a size below 1 */
  constructor({ vocab, width = 4, channels = 12, restarts = 1, generator, ...rest }: NeuralGpuOptions) {
    super();
    requireWhole("NeuralGpu: vocab", vocab, 1);
    requireWhole("NeuralGpu: width", width, 1);
    this.width = width;
    this.channels = channels;
    this.restarts = restarts;
    const unit = (): ConvolutionalGru => new ConvolutionalGru({ channels, restarts, generator, ...rest });
    this.units = [unit(), unit()];
    this.embedding = initialParameter([restarts, vocab, channels], init.normal({ std: 1 }), { generator });
    this.readout = initialParameter([restarts, channels, vocab], init.glorotUniform(), {
      fanIn: channels,
      fanOut: vocab,
      generator,
    });
  }

  /**
   * @param tokens [batch, n] int32, the same for every model
   * @returns      logits [R, batch, n, vocab]
   * @throws ShapeError for anything but a matrix of whole numbers
   */
  forward(tokens: Tensor): Tensor {
    if (tokens.rank !== 2 || !isInteger(tokens.dtype))
      throw new ShapeError(
        `NeuralGpu: tokens are whole numbers [batch, n], got ${tokens.dtype} [${tokens.shape.join(", ")}]`,
      );
    const { restarts: R, channels: m } = this;
    const [batch, n] = tokens.shape;
    const row = pad(gather(this.embedding, tokens, 1), [{ axis: 2, before: 0, after: 1 }]);
    const laid = reshape(permute(row, [0, 3, 1, 2]), [1, R * m, 1, batch * (n + 1)]);
    const between = Float32Array.from({ length: batch * (n + 1) }, (_, i) => ((i + 1) % (n + 1) === 0 ? 0 : 1));
    const cells = fromArray(between, [between.length]);

    let state = pad(laid, [{ axis: 2, before: 0, after: this.width - 1 }]);
    for (let t = 0; t < n; t++) state = this.units.reduce((s, unit) => unit.forward(s, cells), state);

    const read = reshape(select(state, 2, 0), [R, m, batch, n + 1]);
    const rows = reshape(permute(slice(read, [{ axis: 3, end: n }]), [0, 2, 3, 1]), [R, batch * n, m]);
    return reshape(matmul(rows, this.readout), [R, batch, n, this.readout.shape[2]]);
  }

  /** A model of its own with the weights of restart `index`. @throws DomainError for no such restart */
  restart(index: number): NeuralGpu {
    requireWhole("NeuralGpu: the restart", index);
    if (index >= this.restarts)
      throw new DomainError(`NeuralGpu: the restarts are 0 … ${this.restarts - 1}, got ${index}`);
    const [, vocab, channels] = this.embedding.shape;
    const kernelSize = this.units[0].gateWeight.shape[2];
    const alone = new NeuralGpu({ vocab, width: this.width, channels, kernelSize });
    // Every parameter has the model axis first, alone or joined with the channels.
    const copy = (to: Parameter, from: Parameter): void => {
      const rows = to.shape[0];
      to.assign(slice(from, [{ axis: 0, start: index * rows, end: (index + 1) * rows }]));
    };
    copy(alone.embedding, this.embedding);
    copy(alone.readout, this.readout);
    this.units.forEach((unit, i) => {
      const own = alone.units[i];
      copy(own.gateWeight, unit.gateWeight);
      copy(own.gateBias, unit.gateBias);
      copy(own.candidateWeight, unit.candidateWeight);
      copy(own.candidateBias, unit.candidateBias);
    });
    return alone;
  }
}

/** Labels [batch, n] of one task, repeated for each of R models. @returns [R, batch, n] */
export const forEachRestart = (labels: Tensor, restarts: number): Tensor =>
  expand(reshape(labels, [1, ...labels.shape]), [restarts, ...labels.shape]);
