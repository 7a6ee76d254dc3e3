/** What a package.json of this repository says to those who install the package: built files in place of sources. */

export type Targets = string | { readonly [condition: string]: Targets };

export interface Manifest {
  name: string;
  version: string;
  description?: string;
  license?: string;
  private?: boolean;
  exports?: Targets;
  imports?: Targets;
  scripts?: Readonly<Record<string, string>>;
  devDependencies?: Readonly<Record<string, string>>;
  [field: string]: unknown;
}

const source = /^\.\/src\/(.*)\.ts$/;

/** `./src/a.ts` → `{ types: "./dist/a.d.ts", default: "./dist/a.js" }`, under whatever conditions it stands; the rest as it is. */
export function publishedTargets(targets: Targets): Targets {
  if (typeof targets !== "string")
    return Object.fromEntries(Object.entries(targets).map(([key, value]) => [key, publishedTargets(value)]));
  const path = source.exec(targets)?.[1];
  return path === undefined ? targets : { types: `./dist/${path}.d.ts`, default: `./dist/${path}.js` };
}

/** The manifest as it is published. */
export function publishedManifest({ devDependencies, scripts, exports, imports, ...kept }: Manifest): Manifest {
  return {
    ...kept,
    engines: { node: ">=22" },
    files: ["dist", "bin"],
    ...(exports && { exports: publishedTargets(exports) }),
    ...(imports && { imports: publishedTargets(imports) }),
  };
}
