/** A text that is no constraint; the message says where and what would be right. */
export class ConstraintSyntaxError extends Error {
  override readonly name = "ConstraintSyntaxError";
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;

  constructor(problem: string, { line, column }: { line: number; column: number }) {
    super(`${problem} (line ${line}, column ${column})`);
    this.line = line;
    this.column = column;
  }
}

export interface Token {
  readonly text: string;
  readonly kind: "name" | "number" | "sign" | "end";
  readonly line: number;
  readonly column: number;
}

const pattern = /(?<space>[ \t\r]+|#[^\n]*)|(?<name>[A-Za-z_]\w*)|(?<number>\d+)|(?<sign>==|<=|[%+*^;|()[\],])/y;

/** Names, whole numbers and signs; `#` begins a comment. @throws ConstraintSyntaxError for anything else */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const lines = text.split("\n");
  for (const [row, content] of lines.entries()) {
    pattern.lastIndex = 0;
    while (pattern.lastIndex < content.length) {
      const place = { line: row + 1, column: pattern.lastIndex + 1 };
      const groups = pattern.exec(content)?.groups;
      if (!groups) throw new ConstraintSyntaxError(complaint(content[place.column - 1]), place);
      const kind = (["name", "number", "sign"] as const).find((name) => groups[name] !== undefined);
      if (kind) tokens.push({ text: groups[kind], kind, ...place });
    }
  }
  tokens.push({ text: "", kind: "end", line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 });
  return tokens;
}

function complaint(character: string): string {
  const instead: Record<string, string> = {
    "/": "write A / B == C as A == B * C",
    "-": "write A - B <= C as A <= B + C",
    "=": "equality is ==",
    "<": "the comparison is <=",
    ">": "write A >= B as B <= A",
  };
  return `"${character}" is no sign of this language${character in instead ? `: ${instead[character]}` : ""}`;
}
