/** The sizes of a stack, the same for Aaren and for the Transformer. */
export interface StackOptions {
  /** Width d; a multiple of `heads`. */
  dim: number;
  heads: number;
  /** Blocks. */
  depth: number;
  /** Width inside the feed-forward parts; 4·dim when absent. */
  hidden?: number;
  /** Length of the longest sequence: so many learned positions, N(0, 0.02²), are added to the tokens. None when absent. */
  positions?: number;
}
