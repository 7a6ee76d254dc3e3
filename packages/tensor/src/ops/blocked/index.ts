/** What the native runtime does in blocks of channels. */

export { blockedScaleAndShift, blockedSum } from "./channelwise.ts";
export { blockedConv } from "./conv.ts";
export { operandsInBlocks } from "./elementwise.ts";
export { blockedInputGradient } from "./input-gradient.ts";
export { addInConvolution, resultFromBlocks } from "./order.ts";
export { blockedWeightGradient } from "./weight-gradient.ts";
