/**
 * Packs the libraries and uses them as a stranger would, in an empty folder outside of the repository: `npm run pack:check`.
 *
 * 1. all tarballs install, with nothing downloaded but packages of the registry;
 * 2. their declarations satisfy a strict TypeScript program that checks libraries too;
 * 3. plain Node imports every library and trains a tiny model, and the command runs;
 * 4. Vite builds a page that trains the same model, and nothing of `node:` reaches it.
 */
import { execFileSync } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { librariesOf, packLibraries } from "./packing/build.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "paperworks-packed-"));
const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const done = (what: string): void => console.log(`${(performance.now() / 1000).toFixed(0).padStart(4)} s  ${what}`);

/** A line learned by one linear layer: the same program in Node and on the page. */
const training = `
import { Adam, Linear, meanSquaredError, parameters } from "@paperworks/nn";
import { jit, type Tensor, tensor } from "@paperworks/tensor";

export async function train(): Promise<number> {
  const layer = new Linear({ inFeatures: 1, outFeatures: 1 });
  const optimizer = new Adam(parameters(layer), { lr: 0.1 });
  const step = jit((x: Tensor, y: Tensor) => {
    const loss = meanSquaredError(layer.forward(x), y);
    optimizer.minimize(loss);
    return loss;
  });
  let loss = Number.NaN;
  for (let i = 0; i < 300; i++) loss = await (await step(tensor([[0], [1], [2]]), tensor([[1], [3], [5]]))).item();
  return loss;
}
`;

try {
  const tarballs = packLibraries(root, join(root, "dist"));
  done(`packed ${tarballs.length} libraries`);
  for (const tarball of tarballs) {
    const files = execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" }).split("\n");
    for (const needed of ["package/LICENSE", "package/README.md", "package/dist/index.js", "package/dist/index.d.ts"])
      if (!files.includes(needed)) throw new Error(`${tarball} lacks ${needed}`);
    const sources = files.filter((file) => /\.ts$/.test(file) && !/\.d\.ts$/.test(file));
    if (sources.length > 0) throw new Error(`${tarball} holds sources: ${sources[0]}`);
  }

  write("package.json", JSON.stringify({ name: "stranger", private: true, type: "module" }));
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error", ...tarballs], {
    cwd: folder,
    stdio: "inherit",
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip" },
  });
  done("installed them in an empty folder");

  const names = librariesOf(root).map(({ manifest }) => manifest.name);
  write("train.ts", training);
  write(
    "main.ts",
    `import { train } from "./train.js";\n${names
      .map((name, i) => `import * as library${i} from "${name}";`)
      .join("\n")}\nconst libraries: object[] = [${names.map((_, i) => `library${i}`).join(", ")}];
for (const library of libraries) if (Object.keys(library).length === 0) throw new Error("a library exports nothing");
const loss = await train();
if (!(loss < 0.01)) throw new Error(\`the model did not learn: \${loss}\`);
console.log(\`\${libraries.length} libraries imported, loss \${loss.toExponential(1)}, Node \${process.version}\`);
`,
  );
  const compilerOptions = {
    target: "es2024",
    lib: ["es2024", "dom"],
    module: "nodenext",
    strict: true,
    skipLibCheck: false,
    types: ["node"],
    typeRoots: [join(root, "node_modules/@types")],
    outDir: "built",
  };
  write("tsconfig.json", JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder], { stdio: "inherit" });
  done("their declarations satisfy a strict program");

  execFileSync(process.execPath, ["built/main.js"], { cwd: folder, stdio: "inherit" });
  done("Node imported all and trained a model");

  const command = join(folder, "node_modules/paperworks/bin/paperworks.js");
  const listed = execFileSync(process.execPath, [command, "list"], { cwd: folder, encoding: "utf8" });
  if (!listed.includes("gradient-noise")) throw new Error(`the command lists no papers: ${listed}`);
  done("the command lists the papers");

  mkdirSync(join(folder, "page"));
  write("page/index.html", '<!doctype html><title>page</title><script type="module" src="./page.ts"></script>');
  write("page/page.ts", 'import { train } from "../train.ts";\ndocument.title = String(await train());\n');
  await build({
    root: join(folder, "page"),
    logLevel: "warn",
    build: { target: "esnext", outDir: "../page-built", emptyOutDir: true, chunkSizeWarningLimit: 4096 },
  });
  const scripts = globSync("page-built/assets/*.js", { cwd: folder }).map((name) => join(folder, name));
  if (scripts.length === 0) throw new Error("Vite built no script");
  for (const script of scripts) {
    const text = readFileSync(script, "utf8");
    const found = /(?:\bfrom|\bimport)\s*\(?\s*["']node:[a-z/]+["']/.exec(text) ?? /__vite-browser-external/.exec(text);
    if (found) throw new Error(`${script} reaches for Node: ${found[0]}`);
    done(`Vite built ${script.slice(folder.length + 1)}, ${(gzipSync(text).length / 1024).toFixed(0)} kB gzip`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
