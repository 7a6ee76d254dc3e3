import { scatterFigure, type VegaLiteSpec } from "@paperworks/experiment";
import type { AttentionView, MemoryView } from "./memory-view.ts";

export type LatencyRow = { system: string; milliseconds: number; accuracy: number };

/** Test accuracy against the time of one image. */
export const latencyFigure = (rows: readonly LatencyRow[]): VegaLiteSpec =>
  scatterFigure(rows, {
    x: { field: "milliseconds", title: "one image, fused, ms", zero: true },
    y: { field: "accuracy", title: "test accuracy, %", zero: false },
    by: "system",
  });

export type MemoryPicture = {
  /** Pixels a side, and their hexadecimal colours. */
  pixels: number;
  colors: readonly string[];
  memory: MemoryView;
  attention: AttentionView;
};

/** Left, top, right and bottom of the square of an index on a grid. */
const square = (index: string, columns: number, side: number) => [
  { calculate: `datum.${index} % ${columns} * ${side / columns}`, as: "left" },
  { calculate: `floor(datum.${index} / ${columns}) * ${side / columns}`, as: "top" },
  { calculate: `datum.left + ${side / columns}`, as: "right" },
  { calculate: `datum.top + ${side / columns}`, as: "bottom" },
];

const boxOn = (side: number) => {
  const axis = (field: string, reverse: boolean) => ({
    field,
    type: "quantitative",
    axis: null,
    scale: { domain: [0, side], nice: false, reverse },
  });
  return { x: axis("left", false), x2: { field: "right" }, y: axis("top", true), y2: { field: "bottom" } };
};

/** Both signs in their own colour, 0 white. */
const signed = (field: string) => ({
  field,
  type: "quantitative",
  scale: { scheme: "blueorange", domainMid: 0 },
  legend: null,
});

/**
 * A token mixer as a key-value memory, beside attention: an image whose places can be chosen; the query of a channel with the window
 * that the key sees there; its coefficients; the place's attention; and the channel's key and value.
 */
export function memoryFigure({ pixels, colors, memory, attention }: MemoryPicture): VegaLiteSpec {
  const { side, kernel, channels } = memory;
  const shown = { filter: "datum.channel == channel - 1" };
  const chosen = { filter: { param: "place", empty: false } };
  const panelSize = { width: 170, height: 170 };
  const outline = (reach: number) => ({
    data: { name: "places" },
    transform: [
      chosen,
      ...square("place", side, side),
      { calculate: `max(0, datum.left - ${reach})`, as: "left" },
      { calculate: `max(0, datum.top - ${reach})`, as: "top" },
      { calculate: `min(${side}, datum.right + ${reach})`, as: "right" },
      { calculate: `min(${side}, datum.bottom + ${reach})`, as: "bottom" },
    ],
    mark: { type: "rect", fillOpacity: 0, stroke: "#e4003a", strokeWidth: 2, tooltip: null },
    encoding: boxOn(side),
  });
  const choosable = (name: string) => ({
    name,
    data: { name: "places" },
    transform: square("place", side, side),
    mark: { type: "rect", opacity: 0, tooltip: null },
    encoding: boxOn(side),
  });
  /** A map of the chosen channel, or with `of` "places" of the chosen place. */
  const map = (field: string, columns: number, color: object, of: "channels" | "places") => ({
    data: { name: of },
    transform: [
      of === "channels" ? shown : chosen,
      { calculate: `sequence(${columns * columns})`, as: "index" },
      { flatten: ["index", field] },
      ...square("index", columns, columns),
    ],
    mark: { type: "rect", strokeWidth: 0 },
    encoding: { ...boxOn(columns), color, tooltip: [{ field, type: "quantitative" }] },
  });
  const panel = (title: string, layer: readonly object[]) => ({ title, ...panelSize, layer });
  const color = { field: "color", type: "nominal", scale: null };
  const reach = (kernel - 1) / 2;
  return {
    params: [
      { name: "channel", value: 1, bind: { input: "range", min: 1, max: channels.length, step: 1, name: "channel " } },
      {
        name: "place",
        select: { type: "point", on: "pointerover", clear: false, toggle: false, fields: ["place"] },
        value: [{ place: Math.floor((side * side + side) / 2) }],
        views: ["image_places", "query_places", "coefficient_places", "attention_places"],
      },
    ],
    datasets: {
      pixels: colors.map((pixelColor, pixel) => ({ pixel, color: pixelColor })),
      channels: channels.map((one, channel) => ({ channel, ...one })),
      places: attention.places.map((weights, place) => ({ place, weights })),
    },
    resolve: { scale: { color: "independent" } },
    vconcat: [
      {
        resolve: { scale: { color: "independent" } },
        hconcat: [
          panel("image", [
            {
              data: { name: "pixels" },
              transform: square("pixel", pixels, side),
              // An outline of its own colour closes the seams between pixels.
              mark: { type: "rect", strokeWidth: 0.7, tooltip: null },
              encoding: { ...boxOn(side), fill: color, stroke: color },
            },
            outline(0),
            choosable("image_places"),
          ]),
          panel("query", [map("query", side, signed("query"), "channels"), outline(reach), choosable("query_places")]),
          panel("coefficients, after GELU", [
            map("coefficients", side, signed("coefficients"), "channels"),
            outline(0),
            choosable("coefficient_places"),
          ]),
          panel("self-attention of the place", [
            map(
              "weights",
              side,
              { field: "weights", type: "quantitative", scale: { scheme: "viridis" }, legend: null },
              "places",
            ),
            outline(0),
            choosable("attention_places"),
          ]),
        ],
      },
      {
        resolve: { scale: { color: "independent" } },
        hconcat: [
          panel("key of the channel", [map("key", kernel, signed("key"), "channels")]),
          panel("value of the channel", [map("value", kernel, signed("value"), "channels")]),
        ],
      },
    ],
  };
}
