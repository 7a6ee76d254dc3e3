import katex from "katex";
import { escapeHtml } from "./escape-html.ts";
import { texOf } from "./tex.ts";

/** TeX as HTML for the eye and MathML for everything else; undefined for what KaTeX does not understand. */
export function typeset(tex: string, { display = false } = {}): string | undefined {
  try {
    return katex.renderToString(tex, { displayMode: display, throwOnError: true, strict: "ignore", trust: false });
  } catch {
    return undefined;
  }
}

/** Lines that are language with a number in it rather than formulas. */
const isProse = (line: string): boolean => (line.match(/(?<![\p{L}_^{])[a-z]{3,}(?![\p{L}_^(])/gu) ?? []).length > 5;

/**
 * The indented lines of a doc comment. A line may hold several formulas, three spaces or more apart: each is set for itself,
 * so that a narrow page can put them below one another. What is no formula stands as it is written.
 */
export function formulaBlock(lines: readonly string[]): string {
  const rows = lines.map((line) => {
    if (isProse(line)) return `<span class="formula-text">${escapeHtml(line.trim())}</span>`;
    return line
      .trim()
      .split(/\s{3,}/)
      .map((part) => {
        const set = typeset(texOf(part));
        return `<span class="formula">${set ?? `<code>${escapeHtml(part)}</code>`}</span>`;
      })
      .join(" ");
  });
  return `<div class="formulas" role="group" aria-label="formulas" tabindex="0">${rows
    .map((row) => `<div class="formula-row">${row}</div>`)
    .join("")}</div>`;
}

/** A letter with subscripts or superscripts, in the middle of a sentence: s_i, e^{m_A − m}, X^(k). */
const inlineName =
  /(?<![\p{L}\p{N}`_^/.$\\])(\p{L}\p{M}*(?:[_^](?:\{[^{}]*\}|\([^()]*\)|[\p{L}\p{N}]+))+)(?![\p{L}\p{N}_])/gu;

/** The formulas in a sentence, `$…$` and names with scripts, put in place by `place`. */
export function inlineFormulas(text: string, place: (html: string) => string): string {
  return text
    .replace(/\$([^$\n]+)\$/g, (whole, tex: string) => {
      const set = typeset(tex);
      return set === undefined ? whole : place(set);
    })
    .replace(inlineName, (whole, name: string) => {
      const set = typeset(texOf(name));
      return set === undefined ? whole : place(set);
    });
}
