import type { FloatImages } from "@paperworks/data/images";
import type { ExperimentContext } from "@paperworks/experiment";
import type { Connections } from "./connections.ts";
import { connectionsFigure } from "./figures.ts";
import { modelSize } from "./systems.ts";

/** Draws the first of some standardised images with its connections. */
export function drawConnections(
  { figure }: Pick<ExperimentContext, "figure">,
  { images: { data, shape } }: FloatImages,
  { layer, head, queries }: Connections,
): void {
  const [, , side] = shape;
  const plane = side * side;
  // Standardised channels have mean 0 and deviation 1: about half of the range of bytes, and a quarter.
  const byteOf = (value: number): number => Math.round(255 * Math.min(1, Math.max(0, 0.48 + 0.25 * value)));
  const colors = Array.from({ length: plane }, (_, i) =>
    [0, 1, 2].reduce(
      (text, channel) =>
        text +
        byteOf(data[channel * plane + i])
          .toString(16)
          .padStart(2, "0"),
      "#",
    ),
  );
  const picture = { side, grid: side / modelSize.patch, colors, queries };
  figure("connections", connectionsFigure(picture), {
    title: "Whom a patch attends to",
    caption: `Point at a patch of the image (red): yellow are those that it keeps in head ${head + 1} of block ${layer + 1}, as the predictor chooses, in a window, and by the true attention. The class token, which may be among those kept, is not on the image.`,
  });
}
