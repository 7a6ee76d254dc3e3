import { cellLayouts } from "@paperworks/kernels";
import { init, Module, requireSequence } from "@paperworks/nn";
import {
  add,
  fromArray,
  matmul,
  mul,
  type Parameter,
  permute,
  requireWhole,
  reshape,
  select,
  slice,
  sum,
  type Tensor,
  zeros,
} from "@paperworks/tensor";
import type { Cell } from "./cells.ts";
import {
  type FlashRnnGradients,
  type FlashRnnOptions,
  type FlashRnnResult,
  flashRnn,
  flashRnnBackward,
} from "./flash-rnn.ts";
import { scanForward } from "./scan-form.ts";

export interface HeadwiseRnnOptions {
  cell: Cell;
  inputSize: number;
  heads: number;
  /** Units of a head. */
  headDim: number;
  /** Of both matrices; U(±1/√headDim) when absent. Biases are 0. */
  init?: init.Initializer;
}

/**
 * A recurrent layer of N heads of D units with its input matrix: Wx, and `flashRnn` on it.
 *
 * `forward` records it as one loop of the engine: for programs of one's own, their derivatives and ONNX files. To train it with
 * the kernels, the host calls them between two programs of the engine:
 *
 *   wx = project(x)                          a program
 *   forward = run(wx)                        the kernel
 *   δh = the loss's gradient with respect to h   a program
 *   gradients = back(forward, δh)            the kernel
 *   minimize(surrogate(x, gradients))        a program
 */
export class HeadwiseRnn extends Module {
  readonly cell: Cell;
  readonly inputSize: number;
  readonly heads: number;
  readonly headDim: number;
  /** W [inputSize, Gw·N·D] */
  readonly inputWeight: Parameter;
  /** R [Gr, N, D, D] */
  readonly recurrentWeight: Parameter;
  /** b [G, N, D] */
  readonly bias: Parameter;

  /** @throws DomainError for sizes that are not whole and positive */
  constructor({ cell, inputSize, heads, headDim, init: initial }: HeadwiseRnnOptions) {
    super();
    for (const [name, value] of Object.entries({ inputSize, heads, headDim }))
      requireWhole(`HeadwiseRnn: ${name}`, value, 1);
    this.cell = cell;
    this.inputSize = inputSize;
    this.heads = heads;
    this.headDim = headDim;
    const { inputs, recurrent, planes } = cellLayouts[cell];
    const bound = 1 / Math.sqrt(headDim);
    const draw = initial ?? init.uniform({ low: -bound, high: bound });
    const make = (shape: readonly number[], fanIn: number): Parameter =>
      init.initialParameter(shape, draw, { fanIn, fanOut: headDim });
    this.inputWeight = make([inputSize, inputs * heads * headDim], inputSize);
    this.recurrentWeight = make([recurrent, heads, headDim, headDim], headDim);
    this.bias = init.initialParameter([planes.length, heads, headDim], init.zeros());
  }

  /** Wx. @param x [batch, steps, inputSize] @returns [steps, batch, Gw, N, D] */
  project(x: Tensor): Tensor {
    requireSequence("HeadwiseRnn", x, this.inputSize);
    const [batch, steps] = x.shape;
    const product = matmul(permute(x, [1, 0, 2]), this.inputWeight);
    return reshape(product, [steps, batch, cellLayouts[this.cell].inputs, this.heads, this.headDim]);
  }

  /** @param x [batch, steps, inputSize] @returns h of every step [batch, steps, N·D] */
  forward(x: Tensor): Tensor {
    const first = zeros([cellLayouts[this.cell].states.length, x.shape[0], this.heads, this.headDim]);
    const { states } = scanForward(this.cell, this.project(x), this.recurrentWeight, this.bias, first);
    return mergeHeads(hiddenOf(states));
  }

  /** The recurrence by a backend. @param wx of `project`, its values known */
  async run(wx: Tensor, options: Omit<FlashRnnOptions, "cell"> = {}): Promise<FlashRnnResult> {
    return flashRnn(wx, await held(this.recurrentWeight), await held(this.bias), { ...options, cell: this.cell });
  }

  /** The way back by a backend. @param outputs δ of h after every step [steps, batch, N, D] */
  async back(
    forward: Pick<FlashRnnResult, "states" | "gates">,
    outputs: Tensor,
    options: Omit<FlashRnnOptions, "cell" | "states" | "keepGates"> = {},
  ): Promise<FlashRnnGradients> {
    return flashRnnBackward(await held(this.recurrentWeight), forward, outputs, { ...options, cell: this.cell });
  }

  /**
   * A number whose gradient with respect to the layer's parameters is the one given, so that any optimiser can take it:
   * Σ Wx ⊙ δWx + Σ R ⊙ δR + Σ b ⊙ δb.
   */
  surrogate(x: Tensor, { wx, r, bias }: Pick<FlashRnnGradients, "wx" | "r" | "bias">): Tensor {
    return add(add(sum(mul(this.project(x), wx)), sum(mul(this.recurrentWeight, r))), sum(mul(this.bias, bias)));
  }
}

/** h after every step. @param states [T + 1, S, B, N, D] @returns [T, B, N, D] */
export const hiddenOf = (states: Tensor): Tensor => select(slice(states, [{ axis: 0, start: 1 }]), 1, 0);

/** The heads side by side, rows first. @param hidden [T, B, N, D] @returns [B, T, N·D] */
export function mergeHeads(hidden: Tensor): Tensor {
  const [steps, batch, heads, dim] = hidden.shape;
  return reshape(permute(hidden, [1, 0, 2, 3]), [batch, steps, heads * dim]);
}

/** A tensor of the values a parameter has now. */
const held = async (parameter: Parameter): Promise<Tensor> =>
  fromArray((await parameter.data()) as Float32Array, parameter.shape);
