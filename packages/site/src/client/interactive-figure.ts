import type { VegaLiteSpec } from "@paperworks/experiment";

type View = Readonly<Record<string, unknown>>;
type Channels = Readonly<Record<string, { readonly field?: string; readonly type?: string } | undefined>>;

/** A figure whose marks say what they stand for, and whose legend, where colour names a series, picks one. */
export function interactiveFigure(spec: VegaLiteSpec): VegaLiteSpec {
  return withPicking(withTooltips(spec as View)) as VegaLiteSpec;
}

/** A line is one mark and would speak of its first point alone: points that are not seen speak for it. */
function withTooltips(view: View): View {
  const parts = ["layer", "hconcat", "vconcat", "concat"].filter((key) => Array.isArray(view[key]));
  const changed = Object.fromEntries(parts.map((key) => [key, (view[key] as View[]).map(withTooltips)]));
  if (typeof view.spec === "object") return { ...view, spec: withTooltips(view.spec as View) };
  if (view.mark === undefined) return { ...view, ...changed };
  const mark = (typeof view.mark === "string" ? { type: view.mark } : view.mark) as View;
  if (mark.type !== "line" && mark.type !== "area") return { ...view, mark: { tooltip: true, ...mark } };
  const seen = mark.point === true ? {} : typeof mark.point === "object" ? mark.point : unseen;
  return { ...view, mark: { ...mark, tooltip: null, point: { tooltip: true, ...seen } } };
}

/** Not `opacity`, which a picked series would bring back. */
const unseen = { fillOpacity: 0, strokeOpacity: 0, size: 90 };

function withPicking(view: View): View {
  const channels = view.encoding as Channels | undefined;
  const color = channels?.color;
  if (view.mark === undefined || view.params !== undefined || channels?.opacity !== undefined) return view;
  if (color?.field === undefined || color.type !== "nominal") return view;
  return {
    ...view,
    params: [{ name: "picked", select: { type: "point", fields: [color.field] }, bind: "legend" }],
    encoding: { ...channels, opacity: { condition: { param: "picked", value: 1 }, value: 0.15 } },
  };
}
