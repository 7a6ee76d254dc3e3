import { init } from "@paperworks/nn";
import type { MixOptions } from "./mix.ts";
import { SequenceModel, type SequenceModelOptions } from "./sequence-model.ts";

/** The systems that are compared: they differ in nothing but the mix, and the last also in its gates. */
export const systems = {
  MEGA: { mix: "ema", simplified: false },
  TCNCA: { mix: "tcn", simplified: false },
  "simplified TCNCA": { mix: "tcn", simplified: true },
} as const;

export type System = keyof typeof systems;

/** A system's model. γ starts at 1 and weights at N(0, 1/inputs): the models here are narrow and their trainings short. */
export const modelOf = (system: System, options: Omit<SequenceModelOptions, "mix" | "simplified"> & MixOptions) =>
  new SequenceModel({ scale: init.ones(), weights: init.heNormal({ gain: 1 }), ...options, ...systems[system] });
