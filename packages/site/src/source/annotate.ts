import { createHash } from "node:crypto";
import type { SourceFile, SourceSection } from "../page-data.ts";
import { type DocComment, docComments } from "./doc-comments.ts";
import { highlightLines } from "./highlight.ts";
import { proseHtml } from "./prose.ts";

const annotated = new Map<string, Promise<SourceFile>>();

/** Anchor of a line: "papers/src/graphs/gcn.ts", 12 → "papers-src-graphs-gcn-ts-L12". */
export const lineAnchor = (path: string, line: number): string => `${path.replace(/[^A-Za-z0-9]+/g, "-")}-L${line}`;

/**
 * A source cut before each doc comment in front of a declaration: what the comment says as prose, and the code behind it,
 * highlighted, a link a line. The same content is worked on once.
 */
export function annotate(path: string, source: string): Promise<SourceFile> {
  const key = createHash("sha256").update(`${path}\n${source}`).digest("base64url");
  const known = annotated.get(key);
  if (known !== undefined) return known;
  const made = annotateAnew(path, source);
  annotated.set(key, made);
  made.catch(() => annotated.delete(key));
  return made;
}

async function annotateAnew(path: string, source: string): Promise<SourceFile> {
  const lines = await highlightLines(source.replace(/\n+$/, ""));
  const cuts = docComments(source).filter(opensSection);
  const sections: SourceSection[] = [];
  const add = (prose: string, first: number, last: number) => {
    let [from, to] = [first, last];
    while (from <= to && lines[from - 1].trim() === "") from++;
    while (to >= from && lines[to - 1].trim() === "") to--;
    if (from > to && prose === "") return;
    const code = lines.slice(from - 1, to).map((line, index) => lineHtml(path, from + index, line));
    sections.push({ proseHtml: prose, codeHtml: code.join("\n"), firstLine: from });
  };
  add("", 1, (cuts[0]?.firstLine ?? lines.length + 1) - 1);
  cuts.forEach(({ text, lastLine }, index) => {
    add(proseHtml(text), lastLine + 1, (cuts[index + 1]?.firstLine ?? lines.length + 1) - 1);
  });
  return { path, sections };
}

/** A comment at the margin, or a method's own of several lines; what one field means stays with the code. */
const opensSection = ({ indent, firstLine, lastLine }: DocComment): boolean =>
  indent === 0 || (indent <= 2 && lastLine > firstLine + 1);

function lineHtml(path: string, line: number, code: string): string {
  const anchor = lineAnchor(path, line);
  return `<span class="line" id="${anchor}"><a class="number" href="#${anchor}" tabindex="-1" aria-hidden="true" data-line="${line}"></a>${code}</span>`;
}
