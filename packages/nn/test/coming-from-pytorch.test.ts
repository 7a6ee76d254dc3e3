import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const page = readFileSync(join(root, "docs/coming-from-pytorch.md"), "utf8");

/** The examples of the page with their sections, and what their comments `// → …` say they print. */
const examples = [...page.matchAll(/^## (.+)$|^```ts\n([\s\S]*?)^```$/gm)].flatMap(([, heading, code], i, all) => {
  if (code === undefined) return [];
  const section = all.slice(0, i).findLast(([, title]) => title !== undefined)?.[1] ?? heading;
  return [{ section, code, says: [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, text]) => text) }];
});

// Inside the package, where its imports are found.
let folder: string;
let printed: string[][];

beforeAll(() => {
  folder = mkdtempSync(join(root, "packages/nn/test/.examples-"));
  examples.forEach(({ code }, i) => {
    writeFileSync(join(folder, `example-${i}.ts`), code);
  });
  const imports = examples.map((_, i) => `console.log("example");\nawait import("./example-${i}.ts");`);
  writeFileSync(join(folder, "all.ts"), `${imports.join("\n")}\nexport {};\n`);
  const output = execFileSync(process.execPath, ["--no-warnings", join(folder, "all.ts")], { encoding: "utf8" });
  printed = output
    .split("example\n")
    .slice(1)
    .map((text) => text.trimEnd().split("\n"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the page has an example in most of its sections, and each one says what it prints", () => {
  expect(examples.length).toBeGreaterThanOrEqual(11);
  for (const { section, says } of examples) expect(says, section).not.toEqual([]);
});

test.each(examples.map(({ section, says }, i) => ({ section, says, i })))(
  "“$section” prints what it says",
  ({ says, i }) => {
    expect(printed[i]).toEqual(says);
  },
);

test("the examples have the types they claim", () => {
  const files = examples.map((_, i) => `example-${i}.ts`);
  const project = { extends: join(root, "tsconfig.json"), include: [], files };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(project));
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [compiler, "-p", folder, "--listFiles"], { encoding: "utf8" });
  const lines = stdout.split("\n");
  expect(lines.filter((line) => files.some((file) => line.endsWith(`/${file}`)))).toHaveLength(files.length);
  // Complaints about other files are for other tests.
  expect(lines.filter((line) => /example-\d+\.ts\(.*error/.test(line))).toEqual([]);
});
