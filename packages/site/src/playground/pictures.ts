import type { ComponentType } from "react";

/** The papers' pictures, each fetched only by its own page. */
export const pictures: Readonly<Record<string, () => Promise<ComponentType>>> = {
  "gradient-noise": async () => (await import("./noise-walk.tsx")).NoiseWalk,
  dgmlp: async () => (await import("./smoothing-hops.tsx")).SmoothingHops,
  aaren: async () => (await import("./token-stream.tsx")).TokenStreamPlay,
  flashrnn: async () => (await import("./constraint-play.tsx")).ConstraintPlay,
  gla: async () => (await import("./gate-map.tsx")).GateMap,
};
