import type * as native from "./index.ts";

/** The runtimes of browsers have no operators in blocks of channels. */
export const blockedConv: typeof native.blockedConv = () => undefined;
export const blockedInputGradient: typeof native.blockedInputGradient = () => undefined;
export const blockedWeightGradient: typeof native.blockedWeightGradient = () => undefined;
export const blockedScaleAndShift: typeof native.blockedScaleAndShift = () => undefined;
export const blockedSum: typeof native.blockedSum = () => undefined;
export const operandsInBlocks: typeof native.operandsInBlocks = () => undefined;
export const resultFromBlocks: typeof native.resultFromBlocks = (_, name) => name;
export const addInConvolution: typeof native.addInConvolution = () => undefined;
