export { type BlockModelOptions, stochasticBlockModel } from "./block-model.ts";
export { type CitationGraph, denseFeatures } from "./citation-graph.ts";
