import { execFileSync } from "node:child_process";
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Manifest, publishedManifest } from "./published-manifest.ts";

export interface Library {
  folder: string;
  manifest: Manifest;
}

const readManifest = (file: string): Manifest => JSON.parse(readFileSync(file, "utf8"));

/** The packages that are published: those of `packages/` that are not private. */
export const librariesOf = (root: string): Library[] =>
  globSync("packages/*/package.json", { cwd: root })
    .map((file) => ({ folder: join(file, ".."), manifest: readManifest(join(root, file)) }))
    .filter(({ manifest }) => manifest.private !== true)
    .sort((a, b) => a.manifest.name.localeCompare(b.manifest.name));

/** What a package bundles itself, by its `build` script into its `dist`. */
const bundled = ["client", "pages", "playground", "run"].map((part) => `packages/site/src/${part}`);

/** Compiles all packages in one program, each file to the place of its source under `out`. */
function compile(root: string, out: string, libraries: readonly Library[]): void {
  const project = join(out, "tsconfig.json");
  const settings = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: {
      noEmit: false,
      declaration: true,
      rewriteRelativeImportExtensions: true,
      rootDir: root,
      outDir: join(out, "compiled"),
    },
    include: libraries.map(({ folder }) => join(root, folder, "src")),
    exclude: ["**/*.test.ts", "**/*.test.tsx", ...bundled].map((pattern) => join(root, pattern)),
  };
  writeFileSync(project, JSON.stringify(settings, null, 2));
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [compiler, "-p", project], { stdio: "inherit" });
}

/** Files that are started by address are named by their built form, too; a declaration says which library of TypeScript it needs. */
function finishFiles(folder: string): void {
  for (const file of globSync("**/*.js", { cwd: folder }).map((name) => join(folder, name))) {
    const text = readFileSync(file, "utf8");
    const named = text.replace(/new URL\("([^"]+)\.ts", import\.meta\.url\)/g, 'new URL("$1.js", import.meta.url)');
    if (named !== text) writeFileSync(file, named);
  }
  for (const file of globSync("**/*.d.ts", { cwd: folder }).map((name) => join(folder, name))) {
    const text = readFileSync(file, "utf8");
    if (/\bFloat16Array\b/.test(text)) writeFileSync(file, `/// <reference lib="esnext.float16" />\n${text}`);
  }
}

/** The sources need a Node that runs TypeScript; built files do not. */
const commandChanges: readonly [string, string][] = [
  ["../src/main.ts", "../dist/main.js"],
  ["major > 22 || (major === 22 && minor >= 18)", "major >= 22"],
  ["needs Node 22.18 or later", "needs Node 22 or later"],
];

function finishCommand(file: string): void {
  let text = readFileSync(file, "utf8");
  for (const [from, to] of commandChanges) {
    if (!text.includes(from))
      throw new Error(`${file} has no ${JSON.stringify(from)} to be replaced in the packed command`);
    text = text.replaceAll(from, to);
  }
  writeFileSync(file, text);
}

/** One package as it is published: built files, its command, licence, a short README. @returns its folder */
function stage(root: string, out: string, { folder, manifest }: Library): string {
  const staged = join(out, "staged", folder);
  mkdirSync(staged, { recursive: true });
  cpSync(join(out, "compiled", folder, "src"), join(staged, "dist"), { recursive: true });
  finishFiles(join(staged, "dist"));
  if (manifest.scripts?.build) cpSync(join(root, folder, "dist"), join(staged, "dist"), { recursive: true });
  if (existsSync(join(root, folder, "bin"))) {
    cpSync(join(root, folder, "bin"), join(staged, "bin"), { recursive: true });
    for (const file of globSync("bin/*", { cwd: staged }).map((name) => join(staged, name))) finishCommand(file);
  }
  cpSync(join(root, "LICENSE"), join(staged, "LICENSE"));
  writeFileSync(join(staged, "README.md"), `# ${manifest.name}\n\n${manifest.description ?? ""}\n`);
  writeFileSync(join(staged, "package.json"), `${JSON.stringify(publishedManifest(manifest), null, 2)}\n`);
  return staged;
}

/**
 * Builds and packs every library: JavaScript with type declarations.
 *
 * @param out an empty or absent folder; what it holds is removed
 * @returns   the tarballs
 */
export function packLibraries(root: string, out: string): string[] {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const libraries = librariesOf(root);
  compile(root, out, libraries);
  for (const { folder, manifest } of libraries) {
    if (manifest.scripts?.build)
      execFileSync("npm", ["run", "--silent", "build"], { cwd: join(root, folder), stdio: "inherit" });
  }
  const staged = libraries.map((library) => stage(root, out, library));
  execFileSync("npm", ["pack", "--silent", "--pack-destination", out, ...staged], { cwd: out, stdio: "ignore" });
  for (const name of ["compiled", "staged", "tsconfig.json"]) rmSync(join(out, name), { recursive: true });
  return globSync("*.tgz", { cwd: out })
    .sort()
    .map((name) => join(out, name));
}
