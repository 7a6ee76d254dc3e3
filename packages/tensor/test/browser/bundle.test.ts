import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, type Rollup } from "vite";
import { beforeAll, describe, expect, test } from "vitest";

/** Bundles one of the package's entries as an application would that uses all of it; the runtime keeps to its own chunks. */
async function bundle(entry: string): Promise<Rollup.OutputChunk[]> {
  const result = (await build({
    configFile: false,
    logLevel: "error",
    build: {
      write: false,
      target: "es2022",
      lib: { entry: fileURLToPath(new URL(entry, import.meta.url)), formats: ["es"], fileName: "engine" },
      minify: true,
      rolldownOptions: { external: (id) => id.startsWith("onnxruntime-web") },
    },
  })) as Rollup.RollupOutput[];
  return result[0].output.filter((file) => file.type === "chunk");
}

const gzipped = (chunks: readonly Rollup.OutputChunk[]): number =>
  gzipSync(chunks.map(({ code }) => code).join("\n"), { level: 9 }).length;

describe.each([
  ["the whole engine", "../../src/index.ts", 60_000],
  ["inference alone", "../../src/load-model.ts", 10_000],
])("%s, bundled for a browser", (name, entry, limit) => {
  let chunks: Rollup.OutputChunk[];
  beforeAll(async () => {
    chunks = await bundle(entry);
  });

  test(`takes at most ${limit / 1000} kB gzip beside the runtime`, () => {
    const size = gzipped(chunks);
    console.log(`${name}: ${(size / 1000).toFixed(1)} kB gzip, ${chunks.map(({ code }) => code.length)} bytes before`);
    expect(size).toBeGreaterThan(1000);
    expect(size).toBeLessThanOrEqual(limit);
  });

  test("has nothing of node:", () => {
    const modules = chunks.flatMap(({ moduleIds }) => moduleIds);
    expect(modules.some((id) => id.endsWith("runtime.browser.ts"))).toBe(true);
    expect(modules.filter((id) => /\.node\.ts$|browser-external|^node:/.test(id))).toEqual([]);
    expect(chunks.flatMap(({ code }) => code.match(/["'`]node:[a-z_/]+/g) ?? [])).toEqual([]);
    expect(chunks.flatMap(({ imports }) => imports)).toEqual([]);
    expect([...new Set(chunks.flatMap(({ dynamicImports }) => dynamicImports))].sort()).toEqual([
      "onnxruntime-web/wasm",
      "onnxruntime-web/webgpu",
    ]);
  });
});

test("inference has nothing of the recorder", async () => {
  const modules = (await bundle("../../src/load-model.ts")).flatMap(({ moduleIds }) => moduleIds);
  const recorder =
    /[\\/]src[\\/](ops|control|onnx)[\\/]|[\\/](tensor|record|recording|jit|grad|primitive|variable)\.ts$/;
  expect(modules.filter((id) => recorder.test(id))).toEqual([]);
});
