import type { VegaLiteSpec } from "@paperworks/experiment";
import { figureConfig, narrowFigure } from "@paperworks/lab/report/figures";
import { parse, View } from "vega";
import { expressionInterpreter } from "vega-interpreter";
import { compile, type TopLevelSpec } from "vega-lite";
import { wideFigure } from "../pages/wide-figure.ts";
import { interactiveFigure } from "./interactive-figure.ts";
import { Tooltip } from "./tooltip.ts";

/** Pixels below which a figure is drawn as for a phone. */
const narrowPage = 480;

/**
 * Puts a live view in the place of a drawing: what a mark stands for shows beside the pointer, and a click on the legend
 * picks a series. Expressions are interpreted, so that no policy has to allow `eval`. When it fails the drawing stays.
 */
export async function enliven(place: HTMLElement): Promise<void> {
  const block = place.querySelector("script[type='application/json']");
  if (block === null || place.dataset.live !== undefined) return;
  const spec = JSON.parse(block.textContent as string) as VegaLiteSpec;
  const live = document.createElement("div");
  live.className = "live";
  let view: View | undefined;
  try {
    // The place itself is as wide as what stands in it, and in a run of this page nothing does yet.
    const room = (place.parentElement ?? place).clientWidth;
    const fitted = room < narrowPage ? (narrowFigure(spec) ?? spec) : wideFigure(spec);
    const { spec: compiled } = compile(interactiveFigure(fitted) as unknown as TopLevelSpec, {
      config: figureConfig as object,
      logger: silent as never,
    });
    const refuse = () => Promise.reject(new Error("a figure carries its data"));
    view = new View(parse(compiled, undefined, { ast: true }), {
      expr: expressionInterpreter,
      renderer: "svg",
      container: live,
      hover: true,
      loader: { load: refuse, sanitize: refuse, http: refuse, file: refuse } as never,
      logger: silent as never,
    });
    const tooltip = new Tooltip();
    view.tooltip((_handler, event, _item, value) => tooltip.show(event as MouseEvent, value));
    await view.runAsync();
  } catch {
    view?.finalize();
    return;
  }
  for (const drawn of place.querySelectorAll(".drawn")) drawn.remove();
  place.append(live);
  place.dataset.live = "";
}

const silent = {
  level: () => silent,
  error: () => silent,
  warn: () => silent,
  info: () => silent,
  debug: () => silent,
};
