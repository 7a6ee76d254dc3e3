import type * as native from "./index.ts";

/** The runtimes of browsers have no operators in blocks of channels. */
export const blockedConv: typeof native.blockedConv = () => undefined;
export const blockedInputGradient: typeof native.blockedInputGradient = () => undefined;
export const blockedWeightGradient: typeof native.blockedWeightGradient = () => undefined;
export const addInConvolution: typeof native.addInConvolution = () => undefined;
