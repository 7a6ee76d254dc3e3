/** Recurrent cells that have kernels. */
export type RecurrentCell = "elman" | "lstm" | "gru" | "slstm";

/**
 * How a cell's numbers lie. Its pre-activations are planes of one array; the recurrent weights feed the first of them, the
 * input the last, and a bias all. The first state is the hidden one.
 */
export interface CellLayout {
  /** The number by which the kernels know it. */
  readonly number: number;
  readonly planes: readonly string[];
  /** How many planes R h feeds, from the first on. */
  readonly recurrent: number;
  /** How many planes Wx feeds, up to the last. */
  readonly inputs: number;
  readonly states: readonly string[];
  /** What the forward pass keeps for the backward pass. */
  readonly kept: readonly string[];
}

export const cellLayouts: Readonly<Record<RecurrentCell, CellLayout>> = {
  elman: { number: 0, planes: ["g"], recurrent: 1, inputs: 1, states: ["h"], kept: ["h"] },
  lstm: {
    number: 1,
    planes: ["i", "f", "z", "o"],
    recurrent: 4,
    inputs: 4,
    states: ["h", "c"],
    kept: ["σ(i)", "σ(f)", "tanh(z)", "σ(o)"],
  },
  gru: {
    number: 2,
    planes: ["g", "r", "z", "n"],
    recurrent: 3,
    inputs: 3,
    states: ["h"],
    kept: ["Rh + b", "σ(r)", "σ(z)", "tanh(n)"],
  },
  slstm: {
    number: 3,
    planes: ["i", "f", "z", "o"],
    recurrent: 4,
    inputs: 4,
    states: ["h", "c", "n", "m"],
    kept: ["i'", "f'", "tanh(z)", "σ(o)", "σ(f)"],
  },
};
