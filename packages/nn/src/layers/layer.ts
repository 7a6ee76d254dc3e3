import type { Tensor } from "@paperworks/tensor";
import type { Module } from "../module.ts";

/** A module from one tensor to one tensor. */
export interface Layer extends Module {
  forward(x: Tensor): Tensor;
}

/** An elementwise function between layers: relu, gelu, … */
export type Activation = (x: Tensor) => Tensor;
