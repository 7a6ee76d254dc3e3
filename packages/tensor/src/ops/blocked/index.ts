/** What the native runtime does in blocks of channels. */
export { blockedConv } from "./conv.ts";
export { blockedInputGradient } from "./input-gradient.ts";
export { addInConvolution } from "./order.ts";
export { blockedWeightGradient } from "./weight-gradient.ts";
