import { drawFigure, drawNarrowFigure } from "@paperworks/lab/report/figures";
import type { PageFigure } from "../page-data.ts";
import { wideFigure } from "./wide-figure.ts";

/** A figure as SVG text, for a wide page and for a phone, or why it cannot be drawn. */
export type DrawnFigure = { readonly wide: string; readonly narrow: string | undefined } | { readonly problem: string };

const mostKept = 200;
const kept = new Map<string, Promise<DrawnFigure>>();

/** Draws the figures of a page; one that was drawn lately is not drawn again. */
export function drawFigures(figures: readonly PageFigure[]): Promise<DrawnFigure[]> {
  return Promise.all(figures.map(drawOnce));
}

function drawOnce({ spec }: PageFigure): Promise<DrawnFigure> {
  const key = JSON.stringify(spec);
  const made = kept.get(key) ?? draw(spec);
  // The one asked for last goes to the end, so that the first one is the one to forget.
  kept.delete(key);
  kept.set(key, made);
  if (kept.size > mostKept) kept.delete(kept.keys().next().value as string);
  return made;
}

async function draw(spec: PageFigure["spec"]): Promise<DrawnFigure> {
  try {
    const [wide, narrow] = await Promise.all([drawFigure(wideFigure(spec)), drawNarrowFigure(spec)]);
    return { wide, narrow };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
