import {
  add,
  type Generator,
  matmul,
  mul,
  type Parameter,
  permute,
  relu,
  requireWhole,
  ShapeError,
  scan,
  sigmoid,
  split,
  sub,
  type Tensor,
  tanh,
  zeros,
} from "@paperworks/tensor";
import { type Initializer, initialParameter, uniform } from "../init.ts";
import { Module } from "../module.ts";

export interface RecurrentOptions {
  inputSize: number;
  hiddenSize: number;
  /** Of all weights and biases; U(±1/√hiddenSize) when absent. */
  init?: Initializer;
  generator?: Generator;
}

/** What a recurrent layer carries from step to step, each [batch, hidden]. */
export type RecurrentState = { hidden: Tensor };

/**
 * A recurrent layer of `gates` parts. The inputs of all steps are projected in one product before the loop; `forward` over
 * a sequence and `step` over its tokens give the same.
 */
export abstract class Recurrent<S extends RecurrentState> extends Module {
  readonly inputSize: number;
  readonly hiddenSize: number;
  /** [inputSize, gates·hiddenSize] */
  readonly inputWeight: Parameter;
  /** [hiddenSize, gates·hiddenSize] */
  readonly stateWeight: Parameter;
  /** [gates·hiddenSize] */
  readonly inputBias: Parameter;
  /** [gates·hiddenSize] */
  readonly stateBias: Parameter;

  constructor({ inputSize, hiddenSize, init, generator }: RecurrentOptions, gates: number) {
    super();
    requireWhole("a recurrent layer: inputSize", inputSize, 1);
    requireWhole("a recurrent layer: hiddenSize", hiddenSize, 1);
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    const bound = 1 / Math.sqrt(hiddenSize);
    const values = init ?? uniform({ low: -bound, high: bound });
    const make = (shape: readonly number[], fanIn: number): Parameter =>
      initialParameter(shape, values, { fanIn, fanOut: hiddenSize, generator });
    this.inputWeight = make([inputSize, gates * hiddenSize], inputSize);
    this.stateWeight = make([hiddenSize, gates * hiddenSize], hiddenSize);
    this.inputBias = make([gates * hiddenSize], inputSize);
    this.stateBias = make([gates * hiddenSize], hiddenSize);
  }

  override get transposedInPyTorch(): readonly string[] {
    return ["inputWeight", "stateWeight"];
  }

  /** The state before the first step: zeros. */
  abstract initialState(batch: number): S;

  /** What the gates get from the input, of one step or of all. */
  protected abstract project(x: Tensor): Tensor;

  /** The next state from the projected input [batch, gates·hidden]. */
  protected abstract cell(projected: Tensor, state: S): S;

  /**
   * @param x     [batch, steps, inputSize]
   * @param state before the first step; zeros when absent
   * @returns     outputs [batch, steps, hiddenSize] and the state after the last step
   */
  forward(x: Tensor, state?: S): { outputs: Tensor; state: S } {
    if (x.rank !== 3 || x.shape[2] !== this.inputSize)
      throw new ShapeError(`a recurrent layer takes [batch, steps, ${this.inputSize}], got [${x.shape.join(", ")}]`);
    const { carry, outputs } = scan(
      (before: S, projected: Tensor) => {
        const after = this.cell(projected, before);
        return { carry: after, output: after.hidden };
      },
      state ?? this.initialState(x.shape[0]),
      this.project(permute(x, [1, 0, 2])),
    );
    return { outputs: permute(outputs, [1, 0, 2]), state: carry };
  }

  /**
   * One step of a stream.
   *
   * @param state from `initialState` or the step before
   * @param token [batch, inputSize]
   * @returns     output [batch, hiddenSize]
   */
  step(state: S, token: Tensor): { state: S; output: Tensor } {
    const after = this.cell(this.project(token), state);
    return { state: after, output: after.hidden };
  }

  /** [batch, hidden] → [batch, gates·hidden] */
  protected fromState(hidden: Tensor): Tensor {
    return matmul(hidden, this.stateWeight);
  }

  /** The input's part with both biases: they add up where no gate acts on the state's part alone. */
  protected projectWithBothBiases(x: Tensor): Tensor {
    return add(matmul(x, this.inputWeight), add(this.inputBias, this.stateBias));
  }
}

/** Elman's network: h_t = φ(x_t W + b + h_{t−1} U + c), φ = tanh or relu. */
export class Rnn extends Recurrent<RecurrentState> {
  readonly activation: (x: Tensor) => Tensor;

  constructor(options: RecurrentOptions & { activation?: "tanh" | "relu" }) {
    super(options, 1);
    this.activation = options.activation === "relu" ? relu : tanh;
  }

  override initialState(batch: number): RecurrentState {
    return { hidden: zeros([batch, this.hiddenSize]) };
  }

  protected override project(x: Tensor): Tensor {
    return this.projectWithBothBiases(x);
  }

  protected override cell(projected: Tensor, { hidden }: RecurrentState): RecurrentState {
    return { hidden: this.activation(add(projected, this.fromState(hidden))) };
  }
}

export type LstmState = { hidden: Tensor; cell: Tensor };

/**
 * Long short-term memory (Hochreiter and Schmidhuber, 1997; Gers et al., 2000). The gates lie in the order i, f, g, o:
 *
 *   i, f, o = σ(x W + b + h U + c)    g = tanh(…)
 *   c_t = f ⊙ c_{t−1} + i ⊙ g         h_t = o ⊙ tanh(c_t)
 */
export class Lstm extends Recurrent<LstmState> {
  constructor(options: RecurrentOptions) {
    super(options, 4);
  }

  override initialState(batch: number): LstmState {
    return { hidden: zeros([batch, this.hiddenSize]), cell: zeros([batch, this.hiddenSize]) };
  }

  protected override project(x: Tensor): Tensor {
    return this.projectWithBothBiases(x);
  }

  protected override cell(projected: Tensor, state: LstmState): LstmState {
    const [input, forget, candidate, output] = split(add(projected, this.fromState(state.hidden)), 4, 1);
    const cell = add(mul(sigmoid(forget), state.cell), mul(sigmoid(input), tanh(candidate)));
    return { hidden: mul(sigmoid(output), tanh(cell)), cell };
  }
}

/**
 * Gated recurrent unit (Cho et al., 2014), the reset gate after the product. The gates lie in the order r, z, n:
 *
 *   r, z = σ(x W + b + h U + c)     n = tanh(x W_n + b_n + r ⊙ (h U_n + c_n))
 *   h_t = (1 − z) ⊙ n + z ⊙ h_{t−1}
 */
export class Gru extends Recurrent<RecurrentState> {
  constructor(options: RecurrentOptions) {
    super(options, 3);
  }

  override initialState(batch: number): RecurrentState {
    return { hidden: zeros([batch, this.hiddenSize]) };
  }

  protected override project(x: Tensor): Tensor {
    return add(matmul(x, this.inputWeight), this.inputBias);
  }

  protected override cell(projected: Tensor, { hidden }: RecurrentState): RecurrentState {
    const [inputReset, inputUpdate, inputNew] = split(projected, 3, 1);
    const [stateReset, stateUpdate, stateNew] = split(add(this.fromState(hidden), this.stateBias), 3, 1);
    const reset = sigmoid(add(inputReset, stateReset));
    const update = sigmoid(add(inputUpdate, stateUpdate));
    const fresh = tanh(add(inputNew, mul(reset, stateNew)));
    return { hidden: add(fresh, mul(update, sub(hidden, fresh))) };
  }
}
