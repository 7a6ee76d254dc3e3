import { join } from "node:path";
import type { Paper, RunResult, VegaLiteSpec } from "@paperworks/experiment";
import type { RunFolder } from "../run-folder.ts";
import { drawCurves } from "./curve-panels.ts";
import { curvesIn } from "./curves-in.ts";
import { drawFigure, drawNarrowFigure } from "./figures.ts";
import { type ReportMedia, reportPage } from "./page.ts";

/**
 * Draws the run's figures as SVG beside their specifications and writes `report.html`. A figure that cannot be drawn is
 * a note in the report, not the loss of the run.
 */
export async function writeReport(folder: RunFolder, result: RunResult, paper: Paper): Promise<void> {
  const figures = new Map<string, { svg: string; narrow?: string } | { problem: string }>();
  for (const { name } of result.figures) {
    try {
      const spec = JSON.parse(folder.read(`figures/${name}.vl.json`).toString("utf8")) as VegaLiteSpec;
      const svg = await drawFigure(spec);
      folder.write(`figures/${name}.svg`, svg);
      figures.set(name, { svg, narrow: await drawNarrowFigure(spec) });
    } catch (error) {
      figures.set(name, { problem: (error as Error).message });
    }
  }
  const images: ReportMedia["images"] = new Map(
    result.images
      .filter(({ name }) => folder.has(`images/${name}.png`))
      .map(({ name }) => [name, folder.read(`images/${name}.png`)]),
  );
  const curves = await drawCurves([{ name: result.slug, curves: curvesIn(join(folder.path, "events.jsonl")) }]);
  folder.write("report.html", reportPage(result, paper, { figures, images, curves }));
}
