import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** The files that a package's `exports` name, under whatever conditions; a pattern (`./*`) names none. */
function targetsOf(exports) {
  if (typeof exports !== "string") return Object.values(exports).flatMap(targetsOf);
  return exports.includes("*") ? [] : [exports];
}

/** What can be imported from the published packages: `{ name: "@paperworks/data/images", file: "packages/…" }`. */
export const entryPoints = globSync("packages/*/package.json", { cwd: root })
  .sort()
  .flatMap((file) => {
    const { name, private: unpublished, exports = {} } = JSON.parse(readFileSync(join(root, file), "utf8"));
    if (unpublished) return [];
    return Object.entries(exports).flatMap(([path, targets]) =>
      targetsOf(targets).map((target) => ({ name: join(name, path), file: join(dirname(file), target) })),
    );
  });
