import { describe, expect, test } from "vitest";
import { proseHtml } from "./prose.ts";

describe("a doc comment as prose", () => {
  test("sets indented lines as formulas between the paragraphs", () => {
    const html = proseHtml("Attention.\n\n  o_k = a_k / c_k        c_1 = 1\n\nThe rest.");
    expect(html).toMatch(/^<p>Attention\.<\/p>\s*<div class="formulas"/);
    expect(html.match(/<span class="formula">/g)).toHaveLength(2);
    expect(html).toContain("<math");
    expect(html).toMatch(/<\/div><p>The rest\.<\/p>/);
  });

  test("lists what is taken, returned and thrown, with names and shapes", () => {
    const html = proseHtml("Sum.\n\n@param x [batch, dim]  the input\n@returns [batch]\n@throws ShapeError for others");
    expect(html).toContain('<span class="tag">takes</span> <code>x</code>');
    expect(html).toContain('<code class="shape">[batch, dim]</code> <span>the input</span>');
    expect(html).toContain("ShapeError for others");
  });

  test("takes markup for text, and a link for a link only when it leads to the web", () => {
    expect(proseHtml("a <img src=x onerror=alert(1)> b")).toBe("<p>a &lt;img src=x onerror=alert(1)&gt; b</p>\n");
    expect(proseHtml("[x](javascript:alert(1))")).not.toContain("href");
    expect(proseHtml("[x](https://example.org/a)")).toContain('<a href="https://example.org/a">x</a>');
  });

  test("sets $…$ and names with scripts, but leaves code as it is", () => {
    expect(proseHtml("where $x^2$ grows")).toContain("<math");
    expect(proseHtml("the score s_i of it")).toContain("<msub>");
    expect(proseHtml("the option `weight_decay`")).toBe("<p>the option <code>weight_decay</code></p>\n");
    expect(proseHtml("the name snake_case_name stays")).toBe("<p>the name snake_case_name stays</p>\n");
  });

  test("keeps lists, whose lines are indented too", () => {
    const html = proseHtml("Forms:\n\n- `scan`: all at\n  once\n- `block`: in parts");
    expect(html).toContain("<li><code>scan</code>: all at\nonce</li>");
    expect(html).not.toContain("formulas");
  });
});
