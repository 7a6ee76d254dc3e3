import type { Tensor } from "@paperworks/tensor";
import { Module } from "../module.ts";
import type { Activation, Layer } from "./layer.ts";

/** Layers and plain functions one after another: `new Sequential([new Linear({ … }), relu, new Linear({ … })])`. */
export class Sequential extends Module {
  readonly layers: readonly (Layer | Activation)[];

  constructor(layers: readonly (Layer | Activation)[]) {
    super();
    this.layers = layers;
  }

  forward(x: Tensor): Tensor {
    return this.layers.reduce((h, layer) => (typeof layer === "function" ? layer(h) : layer.forward(h)), x);
  }
}
