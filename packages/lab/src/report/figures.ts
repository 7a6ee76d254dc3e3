import type { VegaLiteSpec } from "@paperworks/experiment";
import { palette } from "./palette.ts";

/** Colours that the page decides, so that a figure follows the reader's light or dark. */
export const figureConfig = {
  background: "transparent",
  font: "system-ui, sans-serif",
  axis: {
    labelColor: "currentColor",
    titleColor: "currentColor",
    domainColor: "currentColor",
    tickColor: "currentColor",
    gridColor: "currentColor",
    domainOpacity: 0.5,
    tickOpacity: 0.5,
    gridOpacity: 0.15,
    labelFontSize: 11,
    labelOverlap: true,
    labelSeparation: 6,
    titleFontSize: 12,
    titleFontWeight: "normal",
  },
  legend: { labelColor: "currentColor", titleColor: "currentColor", labelFontSize: 11, titleFontWeight: "normal" },
  header: { labelColor: "currentColor", titleColor: "currentColor" },
  title: { color: "currentColor", subtitleColor: "currentColor" },
  text: { color: "currentColor" },
  rule: { color: "currentColor" },
  view: { stroke: "transparent" },
  mark: { color: palette[0] },
  range: { category: palette },
};

const narrowWidth = 260;
/** Specifications made of several views keep their widths. */
const composed = ["facet", "hconcat", "vconcat", "concat", "repeat", "spec"];

/**
 * A figure for a phone, where shrinking the wide one would make its letters too small: narrower, with its legend below.
 * Undefined for a figure that is narrow enough, or made of several views.
 */
export function narrowFigure(spec: VegaLiteSpec): VegaLiteSpec | undefined {
  const { width, encoding, config } = spec as Partial<Record<"width" | "encoding" | "config", unknown>>;
  const facets = ["row", "column", "facet"].some((channel) => channel in ((encoding as object | undefined) ?? {}));
  if (facets || composed.some((key) => key in spec) || (typeof width === "number" && width <= narrowWidth)) {
    return undefined;
  }
  const legend = { ...figureConfig.legend, orient: "bottom", columns: 2, labelLimit: 120 };
  return { ...spec, width: narrowWidth, config: { ...(config as object), legend } } as VegaLiteSpec;
}

/** The same, drawn as SVG. */
export async function drawNarrowFigure(spec: VegaLiteSpec): Promise<string | undefined> {
  const narrow = narrowFigure(spec);
  return narrow && draw(narrow, figureConfig);
}

/**
 * A Vega-Lite specification drawn as SVG. Nothing is loaded from anywhere: a figure carries its data.
 * @throws Error for a specification that Vega-Lite does not understand
 */
export function drawFigure(spec: VegaLiteSpec): Promise<string> {
  return draw(spec, figureConfig);
}

async function draw(spec: VegaLiteSpec, config: object): Promise<string> {
  const [vega, vegaLite] = await Promise.all([import("vega"), import("vega-lite")]);
  const problems: string[] = [];
  const logger = quietLogger(problems);
  const compiled = vegaLite.compile(spec as unknown as Parameters<typeof vegaLite.compile>[0], {
    config: config as Parameters<typeof vegaLite.compile>[1] extends { config?: infer C } ? C : never,
    logger,
  });
  const refuse = async (uri: string) => {
    const problem = `a figure carries its data: ${uri} is not loaded`;
    problems.push(problem);
    throw new Error(problem);
  };
  const loader = { load: refuse, sanitize: refuse, http: refuse, file: refuse, options: undefined };
  const view = new vega.View(vega.parse(compiled.spec), { renderer: "none", loader, logger });
  try {
    const svg = await view.toSVG();
    if (problems.length > 0) throw new Error(problems[0]);
    return svg;
  } finally {
    view.finalize();
  }
}

/** Keeps warnings off the terminal and collects errors. */
function quietLogger(problems: string[]) {
  const logger = {
    level: () => logger,
    error(...messages: readonly unknown[]) {
      problems.push(messages.map(String).join(" "));
      return logger;
    },
    warn: () => logger,
    info: () => logger,
    debug: () => logger,
  };
  // Vega asks for the level by calling it without an argument, and sets it with one.
  return logger as unknown as import("vega").LoggerInterface;
}
