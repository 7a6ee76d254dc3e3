import { existsSync, globSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Manifest } from "vite";
import { builtClient, builtRender, builtSources } from "./built.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const made = fileURLToPath(new URL("../dist/built.json", import.meta.url));

/** Whether the pages are there and no older than what they are made of. A published package has no sources to be newer. */
export function pagesAreBuilt(): boolean {
  if (!existsSync(builtRender) || !existsSync(builtClient)) return false;
  // What runs in a page is made of the papers and of what they stand on.
  const sources = globSync(
    ["src/{pages,client,run,playground}/**/*", "../{experiment,papers,nn,data,tensor}/src/**/*.ts"],
    { cwd: root },
  );
  if (!existsSync(join(root, "src/pages"))) return true;
  if (!existsSync(made)) return false;
  const built = statSync(made).mtimeMs;
  return sources.every((file) => statSync(join(root, file)).mtimeMs <= built);
}

/**
 * Builds the pages into `dist/`: `client/` for the browser, with hashed names, and `server/render.js`, which renders a page
 * to HTML. With `sources`, the annotated sources of all papers that run as well, for a package that is published without them.
 *
 * A build that fails leaves the last one in place.
 */
export async function buildPages({ sources = false }: { readonly sources?: boolean } = {}): Promise<void> {
  const { build } = await import("vite");
  const shared = { root, configFile: join(root, "vite.config.ts") };
  const fresh = join(root, `dist/.building-${process.pid}`);
  const environment = process.env.NODE_ENV;
  // Vite and its plugins ask the environment, which in a test says otherwise, for which React they build.
  process.env.NODE_ENV = "production";
  try {
    await build({
      ...shared,
      build: {
        outDir: join(fresh, "client"),
        emptyOutDir: true,
        manifest: true,
        target: "es2022",
        rollupOptions: { input: join(root, "src/client/main.ts") },
        assetsInlineLimit: 0,
      },
    });
    const manifest = await readManifest(join(fresh, "client/.vite/manifest.json"));
    const entry = Object.values(manifest).find(({ isEntry }) => isEntry);
    if (entry === undefined) throw new Error("the build of the pages has no entry");
    await build({
      ...shared,
      define: {
        "process.env.NODE_ENV": JSON.stringify("production"),
        __assets__: JSON.stringify({ script: `/${entry.file}`, styles: entry.css?.map((file) => `/${file}`) ?? [] }),
      },
      // The house's own packages stay outside; everything else goes in, so that React need not be installed to serve.
      ssr: { noExternal: true },
      build: {
        ssr: join(root, "src/pages/render.tsx"),
        outDir: join(fresh, "server"),
        emptyOutDir: true,
        target: "node22",
        rollupOptions: { external: /^@paperworks\//, output: { entryFileNames: "render.js", codeSplitting: false } },
      },
    });
    for (const [from, to] of [
      [join(fresh, "client"), builtClient],
      [join(fresh, "server"), dirname(builtRender)],
    ]) {
      replaceFolder(from, to);
    }
    writeFileSync(made, JSON.stringify({ built: new Date().toISOString() }));
  } finally {
    if (environment === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = environment;
    rmSync(fresh, { recursive: true, force: true });
  }
  if (sources) await buildSources();
}

/** Another process may put its own build there meanwhile; the last one stays. */
function replaceFolder(from: string, to: string): void {
  for (let tries = 4; ; tries--) {
    try {
      rmSync(to, { recursive: true, force: true });
      renameSync(from, to);
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (tries === 0 || (code !== "ENOTEMPTY" && code !== "EEXIST")) throw error;
    }
  }
}

async function readManifest(file: string): Promise<Manifest> {
  const { readFile } = await import("node:fs/promises");
  return JSON.parse(await readFile(file, "utf8"));
}

async function buildSources(): Promise<void> {
  const [{ papers }, { annotatedSource }] = await Promise.all([
    import("@paperworks/papers"),
    import("./source/annotated-source.ts"),
  ]);
  mkdirSync(builtSources, { recursive: true });
  for (const paper of papers) await annotatedSource(paper);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPages({ sources: true });
