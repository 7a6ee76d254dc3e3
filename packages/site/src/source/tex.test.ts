import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { papersSources } from "./annotated-source.ts";
import { docComments } from "./doc-comments.ts";
import { typeset } from "./formula.ts";
import { texOf } from "./tex.ts";

const plain = (formula: string): string => texOf(formula).replace(/\s+/g, " ").trim();

describe("a formula of a doc comment in TeX", () => {
  test.each([
    ["o_k = Σ_{i≤k} e^{s_i} v_i", "o_{k} = \\sum _{i\\le k} e^{s_{i}} v_{i}"],
    ["Zˡ = ReLU(Zˡ⁻¹ Wˡ)", "Z^{l} = \\operatorname{ReLU}(Z^{l-1} W^{l})"],
    ["√(d/heads)", "\\sqrt{d/\\text{heads}}"],
    ["q/√d_k", "q/\\sqrt{d_{k}}"],
    ["Âᵏ x̄", "\\hat{A}^{k} \\bar{x}"],
    ["(1 + t)^(−γ)", "(1 + t)^{-γ}"],
    ["{a, b}", "\\{a, b\\}"],
    ["3,152,896", "3{,}152{,}896"],
    ["10⁻³⁰", "10^{-30}"],
  ])("%s", (formula, tex) => {
    expect(plain(formula)).toBe(tex);
  });

  test("sets words apart from names", () => {
    expect(plain("h_0 = x for l in depth")).toContain("\\text{for}");
    expect(plain("softmax(x)")).toBe("\\operatorname{softmax}(x)");
  });

  test("is understood by KaTeX for at least nine in ten of the papers' own lines", () => {
    const formulas = globSync("**/*.ts", { cwd: papersSources })
      .flatMap((name) => docComments(readFileSync(join(papersSources, name), "utf8")))
      .flatMap(({ text }) => text.split("\n"))
      .filter((line) => /^ {2,}\S/.test(line) && / [=←] /.test(line));
    const understood = formulas.filter((line) => typeset(texOf(line)) !== undefined);
    expect(formulas.length).toBeGreaterThan(10);
    expect(understood.length / formulas.length).toBeGreaterThan(0.9);
  });

  test("never fails, and comes to an end, for any text", () => {
    const signs = fc.array(fc.constantFrom(..."{}()_^√ΣaB1⁻²ᵢ̂ \\$%#&~'\""), { maxLength: 30 });
    fc.assert(
      fc.property(signs, (parts) => {
        expect(typeof texOf(parts.join(""))).toBe("string");
      }),
      { seed: 20261124, numRuns: 500 },
    );
  });
});
