import type { VegaLiteSpec } from "@paperworks/experiment";

/** Pixels of the plot itself, without axes and legend, where a page is wide. */
const wide = 540;
const lowest = 260;
/** Specifications made of several views keep their sizes. */
const composed = ["facet", "hconcat", "vconcat", "concat", "repeat", "spec"];

/** A figure for a wide page: one plot over a continuous x fills the column; every other figure stays as it is. */
export function wideFigure(spec: VegaLiteSpec): VegaLiteSpec {
  const { width, height, encoding, layer } = spec as Partial<Record<string, unknown>>;
  if (composed.some((key) => key in spec) || (width !== undefined && (typeof width !== "number" || width >= wide))) {
    return spec;
  }
  const encodings = [encoding, ...(Array.isArray(layer) ? layer.map((one) => one.encoding) : [])];
  const channels = encodings.filter((one) => typeof one === "object" && one !== null) as Record<string, unknown>[];
  if (channels.some((one) => ["row", "column", "facet"].some((channel) => channel in one))) return spec;
  const kinds = channels.flatMap(({ x }) => (x as { type?: unknown } | undefined)?.type ?? []);
  if (kinds.length === 0 || kinds.some((kind) => kind !== "quantitative" && kind !== "temporal")) return spec;
  const tall = height === undefined || (typeof height === "number" && height < lowest) ? lowest : height;
  return { ...spec, width: wide, height: tall } as VegaLiteSpec;
}
