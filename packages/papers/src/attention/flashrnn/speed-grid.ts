import type { Cell } from "./cells.ts";
import { backends } from "./flash-rnn.ts";
import type { RecurrenceShape } from "./timing.ts";

export interface GridPoint extends RecurrenceShape {
  /** Units of all heads. */
  readonly hidden: number;
  readonly pass: "forward" | "forward and backward";
  readonly steps: number;
}

/** Head sizes for both hidden sizes, batches, cells and passes; with more rows go fewer steps, so that each point costs alike. */
export function speedGrid({ hiddenSizes, steps }: { hiddenSizes: readonly number[]; steps: number }): GridPoint[] {
  const points: GridPoint[] = [];
  for (const hidden of hiddenSizes)
    for (const cell of ["lstm", "slstm"] as Cell[])
      for (const batch of [1, 4, 16])
        for (const dim of [16, 32, 64, 128, 256])
          for (const pass of ["forward", "forward and backward"] as const)
            if (dim <= hidden)
              points.push({ hidden, cell, batch, dim, heads: hidden / dim, pass, steps: steps / batch });
  return points;
}

export type SpeedRow = {
  hidden: number;
  cell: Cell;
  batch: number;
  dim: number;
  pass: string;
  backend: string;
  microseconds: number;
};

export const speedRows = (
  { hidden, cell, batch, dim, pass }: GridPoint,
  seconds: Readonly<Record<string, number>>,
): SpeedRow[] =>
  backends.map((backend) => ({ hidden, cell, batch, dim, pass, backend, microseconds: 1e6 * seconds[backend] }));
