export { KernelInputError, KernelTileError } from "./errors.ts";
export { type KernelExports, Kernels } from "./kernels.ts";
export { hasRelaxedSimd, loadKernels } from "./load-kernels.ts";
export {
  type RecurrentBackwardInputs,
  type RecurrentGradients,
  recurrentBackward,
} from "./recurrent-backward.ts";
export { type CellLayout, cellLayouts, type RecurrentCell } from "./recurrent-cells.ts";
export {
  ForwardPass,
  type RecurrentInputs,
  type RecurrentOptions,
  type RecurrentValues,
  recurrentForward,
} from "./recurrent-forward.ts";
export {
  backwardTile,
  type LoopOrder,
  paddedDim,
  type RecurrentShape,
  type RecurrentTiles,
} from "./recurrent-plan.ts";
export { type ReferenceInputs, referenceStates } from "./recurrent-reference.ts";
