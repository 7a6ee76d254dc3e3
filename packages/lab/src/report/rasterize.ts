import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

/** What text is set in, wherever this runs: letters, Greek and mathematical signs, without a font of the system. */
const font = "DejaVu Sans";

let ready: Promise<{ Resvg: typeof import("@resvg/resvg-wasm").Resvg; fonts: Uint8Array[] }> | undefined;

async function load(): Promise<{ Resvg: typeof import("@resvg/resvg-wasm").Resvg; fonts: Uint8Array[] }> {
  const { resolve } = createRequire(import.meta.url);
  const [{ initWasm, Resvg }, wasm, ...fonts] = await Promise.all([
    import("@resvg/resvg-wasm"),
    readFile(resolve("@resvg/resvg-wasm/index_bg.wasm")),
    readFile(resolve("dejavu-fonts-ttf/ttf/DejaVuSans.ttf")),
    readFile(resolve("dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf")),
  ]);
  await initWasm(wasm);
  return { Resvg, fonts };
}

/**
 * A drawing as pixels, dark on white, for where SVG is not shown: mail programs.
 *
 * @param svg   a drawing that loads nothing from elsewhere, as `drawFigure` makes them
 * @param width of the picture in pixels; its height follows
 * @returns the bytes of a PNG file
 * @throws Error for what is no SVG
 */
export async function rasterize(svg: string, width: number): Promise<Uint8Array> {
  ready ??= load();
  const { Resvg, fonts } = await ready;
  const drawing = new Resvg(svg.replaceAll("currentColor", "#222"), {
    background: "white",
    fitTo: { mode: "width", value: width },
    font: { fontBuffers: fonts, loadSystemFonts: false, defaultFontFamily: font, sansSerifFamily: font },
  });
  try {
    const picture = drawing.render();
    const png = picture.asPng();
    picture.free();
    return png;
  } finally {
    drawing.free();
  }
}
