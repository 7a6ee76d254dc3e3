/**
 * The house has floors, and a package imports only from lower ones. Libraries that run in a browser have no `node:` import
 * outside files that a package condition chooses (named *.node.ts, or in a folder node/) and tests.
 */
import { globSync, readFileSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";

const floors: Record<string, number> = {
  tensor: 1,
  kernels: 1,
  data: 2,
  nn: 2,
  experiment: 3,
  papers: 4,
  lab: 5,
  site: 6,
  cli: 7,
};
const isomorphic = new Set(["tensor", "kernels", "data", "nn", "experiment", "papers"]);
const root = resolve(dirname(new URL(import.meta.url).pathname), "..");
const importPattern = /(?:\bfrom\s+|\bimport\s*\(\s*|\bimport\s+)["']([^"']+)["']/g;

const complaints: string[] = [];
for (const file of globSync("packages/*/{src,test}/**/*.{ts,tsx}", { cwd: root })) {
  const [, name] = file.split(sep);
  const floor = floors[name];
  if (floor === undefined) {
    complaints.push(`${file}: the package ${name} has no floor; give it one in scripts/check-floors.ts`);
    continue;
  }
  const text = readFileSync(join(root, file), "utf8");
  const forNode = /\.node\.ts$|[\\/]node[\\/]|\.test\.ts$|[\\/]test[\\/]/.test(file);
  for (const [, target] of text.matchAll(importPattern)) {
    if (target.startsWith("node:") && isomorphic.has(name) && !forNode) {
      complaints.push(`${file}: imports ${target}, but ${name} runs in a browser too`);
    }
    const other = target === "paperworks" ? "cli" : /^@paperworks\/([^/]+)/.exec(target)?.[1];
    if (other !== undefined && other !== name && !(floors[other] < floor)) {
      complaints.push(`${file}: ${name} (floor ${floor}) imports ${target} (floor ${floors[other] ?? "unknown"})`);
    }
    if (
      target.startsWith(".") &&
      resolve(dirname(join(root, file)), target)
        .split(sep)
        .includes("packages")
    ) {
      const inside = resolve(dirname(join(root, file)), target)
        .slice(join(root, "packages").length + 1)
        .split(sep)[0];
      if (inside !== name) complaints.push(`${file}: reaches into ${inside} by path; import @paperworks/${inside}`);
    }
  }
}
for (const complaint of complaints) console.error(complaint);
if (complaints.length > 0) process.exit(1);
console.log("floors hold");
