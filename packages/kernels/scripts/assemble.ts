/** Compiles the kernels in `assembly/` and keeps them as text in `src/assembled/`: `npm run assemble -w @paperworks/kernels`. */
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
import { productSource } from "./product-source.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const assembly = join(root, "assembly");

export const variants = ["relaxed", "plain"] as const;
export type Variant = (typeof variants)[number];

/** Sources by the name that the compiler asks for; the products of all tiles are written here. */
const sources = new Map([
  ...globSync("**/*.ts", { cwd: assembly }).map((name): [string, string] => [
    `assembly/${name.replaceAll("\\", "/")}`,
    readFileSync(join(assembly, name), "utf8"),
  ]),
  ["assembly/products.ts", productSource()],
]);

/** The WebAssembly module of the kernels. @throws Error with the compiler's words if they do not compile */
export async function assemble(variant: Variant): Promise<Uint8Array> {
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    [
      "assembly/index.ts",
      ...["--outFile", "kernels.wasm"],
      ...["--runtime", "stub"],
      ...["--enable", variant === "relaxed" ? "simd,relaxed-simd" : "simd"],
      ...["-O3", "--noAssert", "--converge"],
      ...["--use", "abort="],
    ],
    {
      readFile: (name) => sources.get(name.replaceAll("\\", "/")) ?? null,
      writeFile: (name, contents) => {
        if (name.endsWith(".wasm")) binary = contents as Uint8Array;
      },
      listFiles: () => [],
    },
  );
  if (error || !binary) throw new Error(`the kernels do not compile: ${stderr.toString()}`, { cause: error });
  return binary;
}

/** The module as a source file: base64 in lines. */
export function moduleText(variant: Variant, binary: Uint8Array): string {
  const encoded = Buffer.from(binary).toString("base64");
  return `// Made by packages/kernels/scripts/assemble.ts out of packages/kernels/assembly; not to be edited.
/** The kernels with ${variant === "relaxed" ? "relaxed multiply-add" : "plain SIMD"}, WebAssembly in base64. */
export const ${variant} =
  "${encoded}";
`;
}

export const moduleFile = (variant: Variant): string => join(root, "src/assembled", `${variant}.ts`);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(join(root, "src/assembled"), { recursive: true });
  for (const variant of variants) {
    const binary = await assemble(variant);
    writeFileSync(moduleFile(variant), moduleText(variant, binary));
    console.log(`${relative(process.cwd(), moduleFile(variant))}  ${binary.length} bytes of WebAssembly`);
  }
}
