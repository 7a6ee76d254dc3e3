import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { papersSources } from "./annotated-source.ts";
import { docComments } from "./doc-comments.ts";

describe("doc comments", () => {
  test("are found with their lines, their indentation and their text without stars", () => {
    const source =
      "import a from 'a';\n\n/**\n * First.\n *\n *   x = 1\n */\nexport const a = 1;\nclass B {\n  /** One field. */\n  b = 2;\n}\n";
    expect(docComments(source)).toEqual([
      { firstLine: 3, lastLine: 7, indent: 0, text: "First.\n\n  x = 1" },
      { firstLine: 10, lastLine: 10, indent: 2, text: "One field." },
    ]);
  });

  test.each([
    ["a string", 'const s = "\\"/** no */";'],
    ["a template", "const s = `\n/** no */\n`;"],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: source that is looked through
    ["a template's text behind an expression", "const s = `${{ a: `${1}` }.a}\n/** no */\n`;"],
    ["a regular expression", "const r = /[/**]\\/**x/g;"],
    ["a line comment", "// /** no\nconst a = 1;"],
    ["a block comment", "/* no\n/** no */"],
    ["the middle of a line", "const a = /** no */ 1;"],
    ["an empty comment", "/**/\nconst a = 1;"],
  ])("in %s are none", (_, source) => {
    expect(docComments(source)).toEqual([]);
  });

  test("behind a division and behind a template are found", () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: source that is looked through
    const source = "const a = 1 / 2;\n/** Yes. */\nconst b = `${a / 2}/`;\n/** And yes. */\nconst c = 3;";
    expect(docComments(source).map(({ text }) => text)).toEqual(["Yes.", "And yes."]);
  });

  test("of every paper's files are those that a search by lines finds", () => {
    for (const name of globSync("**/*.ts", { cwd: papersSources })) {
      const source = readFileSync(join(papersSources, name), "utf8");
      const starts = source.split("\n").flatMap((line, index) => (/^\s*\/\*\*(?!\/)/.test(line) ? [index + 1] : []));
      expect([name, docComments(source).map(({ firstLine }) => firstLine)]).toEqual([name, starts]);
    }
  });

  test("never overlap, whatever the text", () => {
    const pieces = fc.constantFrom("/**", "*/", "/*", "//", "`", "${", "}", '"', "'", "/", "\n", "\\", " a ", "[", "]");
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        const found = docComments(parts.join(""));
        found.forEach(({ firstLine, lastLine }, index) => {
          expect(lastLine).toBeGreaterThanOrEqual(firstLine);
          if (index > 0) expect(firstLine).toBeGreaterThanOrEqual(found[index - 1].lastLine);
        });
      }),
      { seed: 20261124, numRuns: 500 },
    );
  });
});
