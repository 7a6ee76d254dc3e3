import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** Where text goes: colour only on a terminal, and never with NO_COLOR. */
export interface Output {
  readonly stream: NodeJS.WriteStream;
  style(style: Style, text: string): string;
  line(text?: string): void;
  /** Columns for running text. */
  readonly columns: number;
}

export function outputTo(stream: NodeJS.WriteStream): Output {
  return {
    stream,
    style: (style, text) => styleText(style, text, { stream }),
    line(text = "") {
      stream.write(`${text}\n`);
    },
    get columns() {
      return Math.max(40, Math.min(stream.columns || 100, 120));
    },
  };
}

/** Words in lines of at most `columns` characters, each after an indent. */
export function wrap(text: string, columns: number, indent = ""): string {
  const lines = [indent];
  for (const word of text.split(/\s+/)) {
    const last = lines[lines.length - 1];
    if (last === indent) lines[lines.length - 1] += word;
    else if (last.length + 1 + word.length <= columns) lines[lines.length - 1] += ` ${word}`;
    else lines.push(indent + word);
  }
  return lines.join("\n");
}

/** Rows with their cells side by side, each column as wide as its widest cell. */
export function alignColumns(rows: readonly (readonly string[])[], gap = "  "): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join(gap)
      .trimEnd(),
  );
}
