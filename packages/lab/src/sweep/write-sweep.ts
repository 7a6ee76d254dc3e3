import { join } from "node:path";
import { stringifyJson } from "@paperworks/experiment";
import { writeFileAtomic } from "../atomic-file.ts";
import { drawFigure } from "../report/figures.ts";
import { parallelCoordinates } from "./parallel-coordinates.ts";
import type { Sweep, SweepRow } from "./sweep.ts";
import { sweepPage } from "./sweep-page.ts";
import { sweepCsv, sweepTable } from "./sweep-table.ts";

/**
 * The files of a sweep:
 *
 *   sweep.json   every point with its claims and metrics      sweep.csv    the same as a table of numbers
 *   sweep.html   the page about it                            figures/sweep.vl.json, once something was measured
 */
export async function writeSweep(folder: string, sweep: Sweep, rows: readonly SweepRow[]): Promise<void> {
  writeFileAtomic(join(folder, "sweep.json"), `${stringifyJson(sweepSummary(sweep, rows), 2)}\n`);
  writeFileAtomic(join(folder, "sweep.csv"), sweepCsv(sweep, rows));
  const spec = parallelCoordinates(sweep, rows);
  let figure: { svg: string } | { problem: string } = { problem: "Nothing was measured yet." };
  if (spec !== undefined) {
    writeFileAtomic(join(folder, "figures", "sweep.vl.json"), `${JSON.stringify(spec, undefined, 1)}\n`);
    figure = await drawFigure(spec).then(
      (svg) => ({ svg }),
      (error: Error) => ({ problem: `The figure could not be drawn: ${error.message}` }),
    );
  }
  writeFileAtomic(join(folder, "sweep.html"), sweepPage(sweep, sweepTable(sweep, rows), figure));
}

/** A sweep as JSON, for a program to read. */
export function sweepSummary({ id, paper, mode, seed, seeds, axes, points }: Sweep, rows: readonly SweepRow[]): object {
  return {
    format: "paperworks-sweep",
    version: 1,
    id,
    slug: paper.slug,
    mode,
    seed,
    seeds,
    axes,
    count: points.length,
    points: rows,
  };
}
