import { fileURLToPath } from "node:url";
import { build, type Rollup } from "vite";

export type Chunk = Rollup.OutputChunk;
export type BuiltFile = Rollup.OutputChunk | Rollup.OutputAsset;

/** Bundles the page for a browser as an application would, and keeps the files in memory. */
export async function buildSite(): Promise<BuiltFile[]> {
  const root = fileURLToPath(new URL("site/", import.meta.url));
  const result = await build({
    root,
    configFile: false,
    logLevel: "error",
    worker: { format: "es" },
    build: { write: false, target: "es2022", reportCompressedSize: false },
  });
  return (result as Rollup.RollupOutput).output;
}
