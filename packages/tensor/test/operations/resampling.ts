import { gridSample } from "../../src/ops/grid-sample.ts";
import { type ResizeMode, resize } from "../../src/ops/resize.ts";
import type { Draw } from "../draw.ts";
import type { OperationCase } from "../operation-case.ts";

const resizing = (mode: ResizeMode, mostAxes: number): OperationCase => ({
  name: `resize, ${mode}`,
  derivatives: 2,
  empty: false,
  trial: (draw) => {
    const axes = mode === "cubic" ? 2 : draw.whole(1, mostAxes);
    const shape = [draw.length(2), draw.length(2), ...Array.from({ length: axes }, () => draw.length(3))];
    const alignCorners = mode !== "nearest" && draw.pick(true, false);
    const target = draw.pick(
      { size: Array.from({ length: axes }, () => draw.whole(1, 5)) },
      { size: shape.slice(2).map((n) => 2 * n) },
      { scale: draw.pick(1.5, 2, 2.3) },
    );
    return { inputs: [draw.floats(shape)], apply: (x) => resize(x.mul(x), { ...target, mode, alignCorners }) };
  },
});

/** Places between pixel centres, inside and outside of the picture: bilinear sampling has kinks at the centres. */
function sampling(draw: Draw, mode: "bilinear" | "nearest") {
  const options = { mode, padding: draw.pick("zeros", "border"), alignCorners: draw.pick(true, false) } as const;
  const [batch, channels, rows, columns] = [draw.whole(1, 2), draw.whole(1, 2), draw.length(2), draw.length(3)];
  const picture = draw.floats([batch, channels, draw.whole(2, 3), draw.whole(2, 3)]);
  return { options, picture, grid: draw.floats([batch, rows, columns, 2], { low: -1.7, high: 1.7, offset: 0.4137 }) };
}

export const resamplingCases: OperationCase[] = [
  resizing("nearest", 3),
  resizing("linear", 3),
  resizing("cubic", 2),
  {
    name: "gridSample, bilinear, in picture and grid",
    derivatives: 2,
    trial: (draw) => {
      const { options, picture, grid } = sampling(draw, "bilinear");
      return { inputs: [picture, grid], apply: (x, g) => gridSample(x, g, options) };
    },
  },
  {
    name: "gridSample, nearest, in the picture",
    derivatives: 2,
    trial: (draw) => {
      const { options, picture, grid } = sampling(draw, "nearest");
      return { inputs: [picture], apply: (x) => gridSample(x.mul(x), grid, options) };
    },
  },
];
