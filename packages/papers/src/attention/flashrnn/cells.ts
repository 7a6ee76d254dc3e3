import { cellLayouts, type RecurrentCell } from "@paperworks/kernels";
import {
  add,
  div,
  equal,
  exp,
  greaterEqual,
  logSigmoid,
  maximum,
  minimum,
  mul,
  sigmoid,
  stopGradient,
  sub,
  type Tensor,
  tanh,
  where,
} from "@paperworks/tensor";

export type Cell = RecurrentCell;

export interface BackwardInputs {
  /** What the forward step gave. */
  readonly gates: readonly Tensor[];
  readonly before: readonly Tensor[];
  readonly after: readonly Tensor[];
  /** δs of all states after the step. */
  readonly gradients: readonly Tensor[];
}

/** The pointwise part of a recurrent network, on tensors of one shape. */
export interface CellMath {
  /** Names of the pre-activations' planes: R h feeds the first of them, the input the last. */
  readonly gates: readonly string[];
  /** Names of the states, the hidden one first. */
  readonly states: readonly string[];
  /** The next states, and the activated gates that `backward` needs, from the sums of all that feeds each plane. */
  forward(planes: readonly Tensor[], states: readonly Tensor[]): { states: Tensor[]; gates: Tensor[] };
  /** δg of all planes, and δs of the states before the step but for what reaches h through R; undefined where that is all. */
  backward(inputs: BackwardInputs): { planes: Tensor[]; states: (Tensor | undefined)[] };
}

const named = (cell: Cell): Pick<CellMath, "gates" | "states"> => ({
  gates: cellLayouts[cell].planes,
  states: cellLayouts[cell].states,
});

/** δ a (1 − a) */
const throughSigmoid = (d: Tensor, a: Tensor): Tensor => mul(d, mul(a, sub(1, a)));
/** δ (1 − a²) */
const throughTanh = (d: Tensor, a: Tensor): Tensor => mul(d, sub(1, mul(a, a)));

/** h' = tanh(g) */
const elman: CellMath = {
  ...named("elman"),
  forward([g]) {
    const h = tanh(g);
    return { states: [h], gates: [h] };
  },
  backward({ after, gradients }) {
    return { planes: [throughTanh(gradients[0], after[0])], states: [undefined] };
  },
};

/**
 * c' = σ(f) c + σ(i) tanh(z), h' = σ(o) tanh(c'). Back: δc' += δh o (1 − tanh²c'), δo = δh tanh(c') o(1 − o),
 * δf = δc' c f(1 − f), δi = δc' z i(1 − i), δz = δc' i (1 − z²), δc = δc' f.
 */
const lstm: CellMath = {
  ...named("lstm"),
  forward(planes, [, before]) {
    const [i, f, z, o] = planes.map((plane, gate) => (gate === 2 ? tanh(plane) : sigmoid(plane)));
    const c = add(mul(f, before), mul(i, z));
    return { states: [mul(o, tanh(c)), c], gates: [i, f, z, o] };
  },
  backward({ gates: [i, f, z, o], before, after, gradients }) {
    const squashed = tanh(after[1]);
    const dc = add(gradients[1], throughTanh(mul(gradients[0], o), squashed));
    return {
      planes: [
        throughSigmoid(mul(dc, z), i),
        throughSigmoid(mul(dc, before[1]), f),
        throughTanh(mul(dc, i), z),
        throughSigmoid(mul(gradients[0], squashed), o),
      ],
      states: [undefined, mul(dc, f)],
    };
  },
};

/**
 * r = σ(Wx_r + R_r h + b_r), z = σ(Wx_z + R_z h + b_z), n = tanh(Wx_n + b_n + r (R_g h + b_g)), h' = z h + (1 − z) n.
 * Back: δn = δh' (1 − z)(1 − n²), δz = δh' (h − n) z(1 − z), δr = δn (R_g h + b_g) r(1 − r), δg = δn r; h also gets δh' z.
 */
const gru: CellMath = {
  ...named("gru"),
  forward([g, reset, update, fresh], [h]) {
    const [r, z] = [sigmoid(reset), sigmoid(update)];
    const n = tanh(add(fresh, mul(r, g)));
    return { states: [add(n, mul(z, sub(h, n)))], gates: [g, r, z, n] };
  },
  backward({ gates: [g, r, z, n], before: [h], gradients: [dh] }) {
    const dn = throughTanh(mul(dh, sub(1, z)), n);
    return {
      planes: [mul(dn, r), throughSigmoid(mul(dn, g), r), throughSigmoid(mul(dh, sub(h, n)), z), dn],
      states: [mul(dh, z)],
    };
  },
};

/**
 * ℓ = ln σ(f) + m, m' = max(i, ℓ) (i at the first step, where n = 0), i' = e^(i − m'), f' = e^(ℓ − m'), c' = f' c + i' tanh(z),
 * n' = max(f' n + i', 1), h' = σ(o) c' / n'.
 *
 * The derivative takes m for a constant: c and n scale by one factor with it, and h does not. Nor does it see the clamp of n,
 * which never binds: one of i' and f' is 1, and n is at least 1 once it has begun.
 * Back: δc' += δh o/n', δn' −= δh o c'/n'², δi = (δc' tanh z + δn') i', δf = (δc' c + δn' n) f' (1 − σ(f)), δz = δc' i' (1 − tanh²z).
 */
const slstm: CellMath = {
  ...named("slstm"),
  forward([i, f, z, o], [, c, n, m]) {
    const kept = add(logSigmoid(f), m);
    const top = stopGradient(where(equal(n, 0), i, maximum(i, kept)));
    const inward = exp(sub(i, top));
    const decay = exp(minimum(sub(kept, top), 80));
    const [squashed, open] = [tanh(z), sigmoid(o)];
    const nextC = add(mul(decay, c), mul(inward, squashed));
    const weight = add(mul(decay, n), inward);
    const nextN = where(greaterEqual(weight, 1), weight, 1);
    return {
      states: [div(mul(open, nextC), nextN), nextC, nextN, top],
      gates: [inward, decay, squashed, open, sigmoid(f)],
    };
  },
  backward({ gates: [inward, decay, z, o, forget], before, after, gradients: [dh, dcAfter, dnAfter, dm] }) {
    const ratio = div(after[1], after[2]);
    const share = div(mul(dh, o), after[2]);
    const dc = add(dcAfter, share);
    const dn = sub(dnAfter, mul(share, ratio));
    const past = add(mul(dc, before[1]), mul(dn, before[2]));
    return {
      planes: [
        mul(add(mul(dc, z), dn), inward),
        mul(mul(past, decay), sub(1, forget)),
        throughTanh(mul(dc, inward), z),
        throughSigmoid(mul(dh, ratio), o),
      ],
      states: [undefined, mul(dc, decay), mul(dn, decay), dm],
    };
  },
};

/** The cells by name. */
export const cells: Readonly<Record<Cell, CellMath>> = { elman, lstm, gru, slstm };
