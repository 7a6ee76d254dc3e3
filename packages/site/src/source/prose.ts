import { Marked } from "marked";
import { escapeHtml } from "./escape-html.ts";
import { formulaBlock, inlineFormulas } from "./formula.ts";

const tags: Readonly<Record<string, string>> = {
  param: "takes",
  returns: "returns",
  yields: "yields",
  throws: "throws",
};

/** Markdown whose links only lead where a page may lead; headings inside a comment would disturb the page's own. */
const markdown = new Marked({
  gfm: true,
  renderer: {
    link({ href, tokens }) {
      const text = this.parser.parseInline(tokens);
      return /^https?:\/\//.test(href) ? `<a href="${escapeHtml(href)}">${text}</a>` : text;
    },
    image: ({ text }) => escapeHtml(text),
    heading({ tokens }) {
      return `<p><strong>${this.parser.parseInline(tokens)}</strong></p>`;
    },
  },
});

/**
 * A doc comment as HTML: Markdown, indented lines as formulas, `$…$` and names with scripts in KaTeX, and what a function
 * takes, returns and throws as a list.
 */
export function proseHtml(comment: string): string {
  const { text, tagged } = apartFromTags(comment);
  const parts = blocks(text).map((block) =>
    typeof block === "string" ? paragraphs(block) : formulaBlock(block.formulas),
  );
  if (tagged.length > 0) parts.push(`<dl class="takes">${tagged.map(tagRow).join("")}</dl>`);
  return parts.join("");
}

interface Tagged {
  readonly tag: string;
  readonly text: string;
}

function apartFromTags(comment: string): { text: string; tagged: Tagged[] } {
  // A tag may also follow on the same line: "…a ∈ [0, 1]. @returns [nodes]".
  const parts = comment.split(/(?:^|\s+)@(param|returns|yields|throws)\b/);
  const tagged: Tagged[] = [];
  const after: string[] = [];
  for (let i = 1; i < parts.length; i += 2) {
    const [text, ...source] = parts[i + 1].split(/\n(?=Source:)|\n\s*\n/);
    tagged.push({ tag: parts[i], text: text.trim() });
    after.push(...source);
  }
  return { text: [parts[0], ...after].join("\n\n").trim(), tagged };
}

/** Prose and runs of indented lines, by turns. A list item's own lines are indented too, and stay with it. */
function blocks(text: string): (string | { readonly formulas: string[] })[] {
  const found: (string | { formulas: string[] })[] = [];
  let prose: string[] = [];
  let formulas: string[] = [];
  let inList = false;
  const flush = () => {
    if (prose.join("").trim() !== "") found.push(prose.join("\n"));
    if (formulas.length > 0) found.push({ formulas });
    prose = [];
    formulas = [];
  };
  for (const line of text.split("\n")) {
    if (/^\s*(?:[-*]|\d+\.) /.test(line)) inList = true;
    else if (/^\S/.test(line)) inList = false;
    if (/^ {2,}\S/.test(line) && !inList) {
      if (formulas.length === 0) flush();
      formulas.push(line);
    } else if (line.trim() === "" && formulas.length > 0) {
      flush();
    } else {
      if (formulas.length > 0) flush();
      prose.push(line);
    }
  }
  flush();
  return found;
}

function paragraphs(text: string): string {
  const split = text.split(/\n(?=Source:)/);
  return split
    .map((part) =>
      part.startsWith("Source:")
        ? `<p class="source-note">${inline(part)}</p>`
        : withFormulas(part, (escaped) => markdown.parse(escaped, { async: false })),
    )
    .join("");
}

const inline = (text: string): string =>
  withFormulas(text, (escaped) => markdown.parseInline(escaped, { async: false }));

/** Markdown must not touch formulas, nor take a name's underscore or a less-than sign for markup. */
function withFormulas(text: string, render: (escaped: string) => string): string {
  const kept: string[] = [];
  const place = (html: string) => `\uE000${kept.push(html) - 1}\uE001`;
  const escaped = text
    .replace(/\{@link\s+([^}\s|]+)[^}]*\}/g, "`$1`")
    .split(/(`[^`]*`)/)
    .map((part, index) =>
      index % 2 === 1
        ? part
        : inlineFormulas(part, place).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/_/g, "\\_"),
    )
    .join("");
  return render(escaped).replace(/\uE000(\d+)\uE001/g, (_, index: string) => kept[Number(index)]);
}

function tagRow({ tag, text }: Tagged): string {
  const shown = tags[tag];
  const pattern = tag === "param" ? /^(\S+)\s*(\[[^\]]*\](?:[²³])?)?\s*([\s\S]*)$/ : /^()(\[[^\]]*\])?\s*([\s\S]*)$/;
  const [, name, shape, rest] = pattern.exec(text) as RegExpExecArray;
  const parts = [
    shape && `<code class="shape">${escapeHtml(shape)}</code>`,
    rest && `<span>${inline(rest.replace(/\s+/g, " "))}</span>`,
  ];
  return `<div><dt><span class="tag">${shown}</span>${name && ` <code>${escapeHtml(name)}</code>`}</dt><dd>${parts
    .filter(Boolean)
    .join(" ")}</dd></div>`;
}
