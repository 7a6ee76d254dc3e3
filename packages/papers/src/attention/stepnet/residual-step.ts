import { Module } from "@paperworks/nn";
import { add, mul, reshape, type Tensor } from "@paperworks/tensor";
import type { StepAdaptor } from "./step-adaptor.ts";

/** What a residual branch is: any module that keeps the shape. */
export interface Branch extends Module {
  forward(x: Tensor): Tensor;
}

/**
 * A residual block as a step of a solver: x_{t+1} = x_t + a_t ⊙ f(x_t). With a = 1 it is Euler's step of length 1; an adaptor chooses the
 * length for each channel and example, as an adaptive solver does.
 */
export class ResidualStep extends Module {
  readonly f: Branch;
  readonly adaptor: StepAdaptor;
  /** Takes the place of x on the way around f, where f changes the shape. */
  readonly shortcut?: Branch;

  constructor(f: Branch, adaptor: StepAdaptor, { shortcut }: { shortcut?: Branch } = {}) {
    super();
    this.f = f;
    this.adaptor = adaptor;
    if (shortcut) this.shortcut = shortcut;
  }

  forward(x: Tensor): Tensor {
    return this.step(x).next;
  }

  /** @returns the state behind the step, and a [batch, channels]; none where all steps are 1 */
  step(x: Tensor): { next: Tensor; a: Tensor | undefined } {
    const state = this.shortcut ? this.shortcut.forward(x) : x;
    const change = this.f.forward(x);
    const a = this.adaptor.forward(change, state);
    if (!a) return { next: add(state, change), a };
    const sizes = change.rank === 4 ? reshape(a, [...a.shape, 1, 1]) : a;
    return { next: add(state, mul(sizes, change)), a };
  }
}
