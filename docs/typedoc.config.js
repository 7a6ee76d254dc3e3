import { join } from "node:path";
import { entryPoints, root } from "./entry-points.js";

/** TypeDoc reads TypeScript up to 6, so that it has a compiler of its own here; the sources are checked by 7. */
export default {
  name: "Paperworks",
  entryPoints: entryPoints.map(({ file }) => join(root, file)),
  tsconfig: join(root, "docs/tsconfig.json"),
  out: join(root, "docs/api"),
  readme: join(root, "README.md"),
  projectDocuments: [join(root, "docs/coming-from-pytorch.md")],
  excludeInternal: true,
  excludePrivate: true,
  disableSources: true,
  githubPages: false,
  // Relative paths are checked by the plugin, which knows shapes from links.
  plugin: [join(root, "docs/reading.js")],
  validation: { invalidLink: true, invalidPath: false, notExported: false, rewrittenLink: true },
  treatValidationWarningsAsErrors: true,
};
