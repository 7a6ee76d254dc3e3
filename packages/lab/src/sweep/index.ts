export { type Axis, readAxes } from "./axes.ts";
export { SweepError } from "./errors.ts";
export { parallelCoordinates } from "./parallel-coordinates.ts";
export { gridPoints, type Point, randomPoints } from "./points.ts";
export { openPoints, planSweep, type Sweep, type SweepRequest, type SweepRow, startSweep, sweepRows } from "./sweep.ts";
export { sweepPage } from "./sweep-page.ts";
export { sweepCsv, sweepTable } from "./sweep-table.ts";
export { sweepSummary, writeSweep } from "./write-sweep.ts";
