/** What a recurrent kernel works on: numbers and addresses, written by the host in this order, 4 bytes each. */
@unmanaged
export class Plan {
  cell: i32;
  steps: i32;
  batch: i32;
  heads: i32;
  /** Units of a head, a multiple of 4. */
  dim: i32;
  /** Heads whose weights stay in the cache for all steps. */
  resident: i32;
  /** Tile of the forward product: batch rows, vectors of units, and how much of k before the next rows. */
  rows: i32;
  vectors: i32;
  block: i32;
  /** Tile of the backward product. */
  backwardRows: i32;
  backwardVectors: i32;
  /** Wx [steps, batch, inputs, heads, dim] */
  x: usize;
  /** R as `packForward` or `packBackward` leaves it. */
  weights: usize;
  /** [planes, heads, dim] */
  bias: usize;
  /** [steps + 1, states, batch, heads, dim], the first of them given */
  states: usize;
  /** Activated gates [steps, batch, saved, heads, dim], or 0 where they are not kept. */
  saved: usize;
  /** R h of one step [batch, recurrent, heads, dim] */
  sums: usize;
  /** Gradient of h at every step [steps, batch, heads, dim] */
  outside: usize;
  /** Gradient of the states: of the last at the start, of the first at the end. [states, batch, heads, dim] */
  carry: usize;
  /** Gradient of the recurrent sums of one step [batch, heads, recurrent, dim] */
  flow: usize;
  /** Gradient of the gates' pre-activations [steps, batch, planes, heads, dim] */
  gradients: usize;

  /** Bytes of all heads' units in one batch row. */
  get width(): usize {
    return <usize>(this.heads * this.dim * 4);
  }

  /** Bytes of one state of all rows. */
  get stateSize(): usize {
    return this.width * <usize>this.batch;
  }
}
