/** A doc comment that stands in front of a declaration. Lines count from 1. */
export interface DocComment {
  readonly firstLine: number;
  readonly lastLine: number;
  /** Columns in front of it. */
  readonly indent: number;
  /** What it says: without the stars, lines and their indentation kept. */
  readonly text: string;
}

/** After these a slash begins a regular expression, not a division. */
const beforeRegex = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|delete|void|throw|await|yield))$/;

/**
 * The doc comments of a TypeScript source that begin their line, in order. Strings, templates, regular expressions and
 * other comments are stepped over, so that what looks like a doc comment inside them is not taken for one.
 */
export function docComments(source: string): DocComment[] {
  const found: DocComment[] = [];
  /** Depths of braces at which a template's `${` waits to be closed. */
  const templates: number[] = [];
  let depth = 0;
  let at = 0;
  const lineOf = lineCounter(source);
  while (at < source.length) {
    const character = source[at];
    if (character === "/" && source[at + 1] === "/") {
      at = end(source.indexOf("\n", at), source.length);
    } else if (character === "/" && source[at + 1] === "*") {
      const close = end(source.indexOf("*/", at + 2), source.length);
      const lineStart = source.lastIndexOf("\n", at - 1) + 1;
      const before = source.slice(lineStart, at);
      if (source[at + 2] === "*" && close > at + 2 && before.trim() === "") {
        found.push({
          firstLine: lineOf(at),
          lastLine: lineOf(close),
          indent: before.length,
          text: withoutStars(source.slice(at + 3, close)),
        });
      }
      at = close + 2;
    } else if (character === "/" && beforeRegex.test(lastCode(source, at))) {
      at = afterRegex(source, at);
    } else if (character === '"' || character === "'") {
      at = afterQuote(source, at, character);
    } else if (character === "`") {
      at = afterTemplate(source, at + 1, () => templates.push(depth));
    } else if (character === "{") {
      depth++;
      at++;
    } else if (character === "}") {
      if (templates.length > 0 && templates[templates.length - 1] === depth) {
        templates.pop();
        at = afterTemplate(source, at + 1, () => templates.push(depth));
      } else {
        depth--;
        at++;
      }
    } else {
      at++;
    }
  }
  return found;
}

/** The code in front of a place, on its line, to tell a division from a regular expression. */
function lastCode(source: string, at: number): string {
  return source.slice(source.lastIndexOf("\n", at - 1) + 1, at).trimEnd();
}

function afterQuote(source: string, from: number, quote: string): number {
  for (let at = from + 1; at < source.length; at++) {
    if (source[at] === "\\") at++;
    else if (source[at] === quote || source[at] === "\n") return at + 1;
  }
  return source.length;
}

/** From inside a template to behind its end, or behind the `${` that opens an expression. */
function afterTemplate(source: string, from: number, opens: () => void): number {
  for (let at = from; at < source.length; at++) {
    if (source[at] === "\\") at++;
    else if (source[at] === "`") return at + 1;
    else if (source[at] === "$" && source[at + 1] === "{") {
      opens();
      return at + 2;
    }
  }
  return source.length;
}

function afterRegex(source: string, from: number): number {
  let inClass = false;
  for (let at = from + 1; at < source.length; at++) {
    const character = source[at];
    if (character === "\\") at++;
    else if (character === "\n") return at;
    else if (character === "[") inClass = true;
    else if (character === "]") inClass = false;
    else if (character === "/" && !inClass) return at + 1;
  }
  return source.length;
}

function withoutStars(comment: string): string {
  return comment
    .split("\n")
    .map((line, index) => (index === 0 ? line.trim() : line.replace(/^\s*\*? ?/, "").trimEnd()))
    .join("\n")
    .trim();
}

const end = (found: number, length: number): number => (found < 0 ? length : found);

/** Line of a place; places are asked for in rising order. */
function lineCounter(source: string): (at: number) => number {
  let line = 1;
  let seen = 0;
  return (at) => {
    for (; seen < at; seen++) if (source[seen] === "\n") line++;
    return line;
  };
}
