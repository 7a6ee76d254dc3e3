import type { Paper } from "@paperworks/experiment";

/** A paper as the command lists it: enough to show and find it, and how to load the rest. */
export interface PaperEntry {
  readonly slug: string;
  readonly family: string;
  readonly title: string;
  readonly year: number;
  /** Imports the paper with its method and experiment, which is slow: it brings the engine. */
  load(): Promise<{ default: Paper }>;
}

/**
 * All papers, in the order of the list. A new paper adds one line, with the texts of its own `paper.ts`: they stand here
 * too so that listing papers loads none of them (a test compares the two).
 *
 *   { slug: "…", family: "…", title: "…", year: …, load: () => import("./<family>/<slug>/paper.ts") },
 */
export const papers: readonly PaperEntry[] = [
  {
    slug: "gradient-noise",
    family: "training",
    title: "Adding Gradient Noise Improves Learning for Very Deep Networks",
    year: 2015,
    load: () => import("./training/gradient-noise/paper.ts"),
  },
  {
    slug: "dgmlp",
    family: "graphs",
    title: "Evaluating Deep Graph Neural Networks",
    year: 2021,
    load: () => import("./graphs/dgmlp/paper.ts"),
  },
  {
    slug: "aaren",
    family: "attention",
    title: "Attention as an RNN",
    year: 2024,
    load: () => import("./attention/aaren/paper.ts"),
  },
];
