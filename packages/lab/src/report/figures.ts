import type { VegaLiteSpec } from "@paperworks/experiment";

/** Colours that the page decides, so that a figure follows the reader's light or dark. */
const config = {
  background: "transparent",
  font: "system-ui, sans-serif",
  axis: {
    labelColor: "currentColor",
    titleColor: "currentColor",
    domainColor: "currentColor",
    tickColor: "currentColor",
    gridColor: "currentColor",
    gridOpacity: 0.15,
  },
  legend: { labelColor: "currentColor", titleColor: "currentColor" },
  header: { labelColor: "currentColor", titleColor: "currentColor" },
  title: { color: "currentColor", subtitleColor: "currentColor" },
  text: { color: "currentColor" },
  rule: { color: "currentColor" },
  view: { stroke: "transparent" },
};

/**
 * A Vega-Lite specification drawn as SVG. Nothing is loaded from anywhere: a figure carries its data.
 * @throws Error for a specification that Vega-Lite does not understand
 */
export async function drawFigure(spec: VegaLiteSpec): Promise<string> {
  const [vega, vegaLite] = await Promise.all([import("vega"), import("vega-lite")]);
  const problems: string[] = [];
  const logger = quietLogger(problems);
  const compiled = vegaLite.compile(spec as unknown as Parameters<typeof vegaLite.compile>[0], {
    config: config as unknown as Parameters<typeof vegaLite.compile>[1] extends { config?: infer C } ? C : never,
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
