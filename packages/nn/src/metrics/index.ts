export * from "./classification.ts";
export * from "./correlation.ts";
export * from "./ranking.ts";
export * from "./regression.ts";
