/** Packs every library as it is published into `dist/` (not kept in git): `npm run pack`. */
import { statSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { packLibraries } from "./packing/build.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
for (const tarball of packLibraries(root, fileURLToPath(new URL("../dist", import.meta.url)))) {
  console.log(`dist/${basename(tarball)}  ${(statSync(tarball).size / 1024).toFixed(0)} kB`);
}
