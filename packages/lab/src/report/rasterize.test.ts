import { decode } from "fast-png";
import { expect, test } from "vitest";
import { drawFigure } from "./figures.ts";
import { rasterize } from "./rasterize.ts";

const spec = (title: string) => ({
  data: {
    values: [
      { x: 0, y: 1 },
      { x: 1, y: 3 },
    ],
  },
  mark: "line",
  encoding: { x: { field: "x", type: "quantitative", title }, y: { field: "y", type: "quantitative" } },
});

test("a drawn figure becomes a PNG of the width asked for, dark on white, its letters in it", async () => {
  const pictures = await Promise.all(
    ["α of the first head", ""].map(async (title) => decode(await rasterize(await drawFigure(spec(title)), 600))),
  );
  const dark = pictures.map(({ data, channels }) => {
    let count = 0;
    for (let i = 0; i < data.length; i += channels) if (data[i] + data[i + 1] + data[i + 2] < 200) count++;
    return count;
  });
  for (const { width, height, data, channels } of pictures) {
    expect(width).toBe(600);
    expect(height).toBeGreaterThan(200);
    expect([...data.subarray(0, channels)]).toEqual([255, 255, 255, 255].slice(0, channels));
  }
  // The title's letters, which no font of the system draws.
  expect(dark[0] - dark[1]).toBeGreaterThan(100);
});

test("what is no drawing is refused", async () => {
  await expect(rasterize("<svg", 100)).rejects.toThrow();
});
