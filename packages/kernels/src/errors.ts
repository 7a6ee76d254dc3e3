/** Arrays or numbers that a kernel cannot work on; the message names them and what would be right. */
export class KernelInputError extends Error {
  override readonly name = "KernelInputError";
}

/** There is no kernel for a tile, or the kernel failed. Another tile may work. */
export class KernelTileError extends Error {
  override readonly name = "KernelTileError";
}
