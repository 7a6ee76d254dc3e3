import type { Paper } from "@paperworks/experiment";
import { type CatalogueEntry, catalogue } from "./catalogue.ts";

export { type CatalogueEntry, catalogue } from "./catalogue.ts";

/** A paper that runs, as the command lists it: enough to show and find it, and how to load the rest. */
export interface PaperEntry extends CatalogueEntry {
  /** Imports the paper with its method and experiment, which is slow: it brings the engine. */
  load(): Promise<{ default: Paper }>;
}

/** A new paper adds one line here; what the list says of it stands in the catalogue (a test compares the two). */
const modules: Readonly<Record<string, PaperEntry["load"]>> = {
  "gradient-noise": () => import("./training/gradient-noise/paper.ts"),
  dgmlp: () => import("./graphs/dgmlp/paper.ts"),
  aaren: () => import("./attention/aaren/paper.ts"),
  gla: () => import("./attention/gla/paper.ts"),
  sparsifiner: () => import("./attention/sparsifiner/paper.ts"),
  flashrnn: () => import("./attention/flashrnn/paper.ts"),
  tcnca: () => import("./attention/tcnca/paper.ts"),
  stepnet: () => import("./attention/stepnet/paper.ts"),
  terminator: () => import("./attention/terminator/paper.ts"),
  metamixer: () => import("./attention/metamixer/paper.ts"),
};

const entries = new Map(catalogue.map((entry) => [entry.slug, entry]));

/** The papers that run, in the order in which they came. */
export const papers: readonly PaperEntry[] = Object.entries(modules).flatMap(([slug, load]) => {
  const entry = entries.get(slug);
  return entry ? [{ ...entry, load }] : [];
});
