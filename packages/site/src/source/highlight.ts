import { createCssVariablesTheme, createHighlighter, type Highlighter } from "shiki";
import { createOnigurumaEngine } from "shiki/engine/oniguruma";
import { escapeHtml } from "./escape-html.ts";

/** The theme says kinds, not colours: the page's styles colour them, for light and for dark. */
const theme = createCssVariablesTheme({ name: "kinds", variablePrefix: "--kind-" });
let highlighter: Promise<Highlighter> | undefined;

/**
 * A TypeScript source as HTML, an entry a line: `<span class="k-token-keyword">const</span> …`.
 */
export async function highlightLines(source: string): Promise<string[]> {
  highlighter ??= createHighlighter({
    themes: [theme],
    langs: ["ts"],
    engine: createOnigurumaEngine(import("shiki/wasm")),
  });
  const { tokens } = (await highlighter).codeToTokens(source, { lang: "ts", theme: "kinds" });
  return tokens.map((line) =>
    line
      .map(({ content, color }) => {
        const kind = /var\(--kind-([a-z-]+)\)/.exec(color ?? "")?.[1];
        const text = escapeHtml(content);
        return kind === undefined || kind === "foreground" || content.trim() === ""
          ? text
          : `<span class="k-${kind.replace("token-", "")}">${text}</span>`;
      })
      .join(""),
  );
}
