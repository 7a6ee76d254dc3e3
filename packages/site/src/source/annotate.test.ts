import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { annotate, lineAnchor } from "./annotate.ts";
import { annotatedSource } from "./annotated-source.ts";

const text = (html: string): string =>
  html
    .replace(/<[^>]*>/g, "")
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, "&");

const gcn = `import { x } from "./x.ts";

/**
 * One layer: H = ReLU(X W).
 */
export const layer = (a: number) => a < 1 && "b & c";

export interface Options {
  /** Stays with the code. */
  width: number;
}
`;

describe("an annotated file", () => {
  test("is cut at its doc comments, and each line of code has its own anchor", async () => {
    const { sections } = await annotate("papers/src/graphs/gcn.ts", gcn);
    expect(sections.map(({ firstLine }) => firstLine)).toEqual([1, 6]);
    expect(sections[1].proseHtml).toContain("One layer");
    expect(text(sections[1].codeHtml)).toBe(gcn.split("\n").slice(5, 11).join("\n"));
    expect(sections[1].codeHtml).toContain(`id="${lineAnchor("papers/src/graphs/gcn.ts", 9)}"`);
    expect(sections[1].codeHtml).toContain('<span class="k-keyword">export</span>');
  });

  test("is worked on once for the same content", async () => {
    expect(annotate("a.ts", gcn)).toBe(annotate("a.ts", gcn));
    expect(annotate("a.ts", gcn)).not.toBe(annotate("b.ts", gcn));
  });
});

describe("the annotated source of a paper", () => {
  let folder: string;
  let sources: string;
  let kept: string;
  const write = (path: string, content: string) => {
    mkdirSync(join(sources, path, ".."), { recursive: true });
    writeFileSync(join(sources, path), content);
  };
  const paper = { family: "graphs", slug: "net" };
  const names = async () =>
    (await annotatedSource(paper, { sources, kept })).map(({ path }) => path.slice("papers/src/".length));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "paperworks-source-"));
    [sources, kept] = [join(folder, "sources"), join(folder, "kept")];
    write("graphs/net/net.ts", 'import "./zeta.ts";\nimport "../shared.ts";\n');
    write("graphs/net/alpha.ts", "export const a = 1;\n");
    write("graphs/net/zeta.ts", "export const z = 1;\n");
    write("graphs/net/net.test.ts", "fails;\n");
    write("graphs/net/experiment.ts", 'import "./alpha.ts";\nimport "./net.ts";\n');
    write("graphs/net/paper.ts", 'import "./experiment.ts";\n');
    write("graphs/shared.ts", 'import "./deeper.ts";\nimport "../other/far.ts";\n');
    write("graphs/deeper.ts", "export const d = 1;\n");
    write("graphs/unused.ts", "export const u = 1;\n");
    write("other/far.ts", "export const f = 1;\n");
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  test("is its files without tests, the method first, then what they use of their family", async () => {
    expect(await names()).toEqual([
      "graphs/net/net.ts",
      "graphs/net/zeta.ts",
      "graphs/net/alpha.ts",
      "graphs/net/experiment.ts",
      "graphs/net/paper.ts",
      "graphs/shared.ts",
      "graphs/deeper.ts",
    ]);
  });

  test("is none for a paper without a module", async () => {
    expect(await annotatedSource({ family: "graphs", slug: "nowhere" }, { sources, kept })).toEqual([]);
  });

  test("follows a change of the sources, and is kept for where the sources are not", async () => {
    await names();
    expect(readdirSync(kept)).toEqual(["net.json"]);
    write("graphs/net/zeta.ts", "/** Changed. */\nexport const z = 2;\n");
    const changed = await annotatedSource(paper, { sources, kept });
    expect(changed[1].sections[0].proseHtml).toContain("Changed.");
    expect(await annotatedSource(paper, { sources: join(folder, "nowhere"), kept })).toEqual(changed);
  });
});
