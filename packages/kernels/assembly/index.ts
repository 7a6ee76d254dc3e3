export { exp, sigmoid, tanh } from "./elementary";
export { packBackward, packForward } from "./pack";
export { alternatingBackward, alternatingForward, fusedBackward, fusedForward } from "./recurrent";
export { productFor } from "./products";

/** The first free byte of the memory. */
export function freeFrom(): usize {
  return __heap_base;
}
