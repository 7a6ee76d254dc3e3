import { type Curve, curveFigure, type NamedCurve } from "./curves.ts";
import { drawFigure } from "./figures.ts";
import { type Content, html, Markup } from "./html.ts";
import { palette } from "./palette.ts";
import { section } from "./parts.ts";

/** Panels drawn at most; a run of hundreds of tasks still makes a page that opens. */
const drawnPanels = 36;
/** Panels that are open at once. */
const openPanels = 12;

/** One picture of a page's curves. */
export interface CurvePanel {
  readonly task: string;
  readonly measure: string;
  readonly svg: string;
  readonly seeds: number;
}

export interface CurvePanels {
  readonly panels: readonly CurvePanel[];
  /** The runs that are drawn, in the order of their colours. */
  readonly names: readonly string[];
  /** How many more there are. */
  readonly omitted: number;
}

/** Draws curves, those of the same task and measure in different runs in one picture. Only what was reported twice is a curve. */
export async function drawCurves(
  runs: readonly { readonly name: string; readonly curves: readonly Curve[] }[],
): Promise<CurvePanels> {
  const groups = new Map<string, NamedCurve[]>();
  for (const { name, curves } of runs) {
    for (const curve of curves) {
      if (!curve.seeds.some(({ points }) => points.length > 1)) continue;
      const key = `${curve.task}\n${curve.measure}`;
      groups.set(key, [...(groups.get(key) ?? []), { name, curve }]);
    }
  }
  const names = runs.map(({ name }) => name);
  const all = [...groups.values()];
  const panels: CurvePanel[] = [];
  for (const group of all.slice(0, drawnPanels)) {
    const { task, measure, seeds } = group[0].curve;
    panels.push({ task, measure, seeds: seeds.length, svg: await drawFigure(curveFigure(group, names)) });
  }
  return { panels, names, omitted: Math.max(0, all.length - drawnPanels) };
}

/** The section of curves of a page, nothing when there are none. */
export function curvesSection({ panels, names, omitted }: CurvePanels): Content {
  if (panels.length === 0) return null;
  const figure = ({ task, measure, seeds, svg }: CurvePanel) =>
    html`<figure class="panel"><figcaption><strong>${task}</strong> · ${measure}${seeds > 1 && ` · ${seeds} seeds`}</figcaption><div class="scroll">${new Markup(svg)}</div></figure>`;
  const [shown, folded] = [panels.slice(0, openPanels), panels.slice(openPanels)];
  return section(
    "Curves",
    html`<p class="soft">Thick: mean over the seeds; shaded: its 90 % interval (Student's t); thin: each seed.</p>
${
  names.length > 1 &&
  html`<p class="head">${names.map((name, index) => html`<span><span class="swatch" style="background: ${palette[index % palette.length]}"></span>${name}</span>`)}</p>`
}
<div class="panels">${shown.map(figure)}</div>`,
    folded.length > 0 &&
      html`<details><summary>${folded.length} more</summary><div class="panels">${folded.map(figure)}</div></details>`,
    omitted > 0 && html`<p class="soft">${omitted} more are not drawn; events.jsonl has them.</p>`,
  );
}
