import { DomainError } from "../errors.ts";

/** A text as numbers, one a character. */
export interface CharTokens {
  /** The characters that occur, in the order of their code points; a token is a place in it. */
  readonly symbols: readonly string[];
  readonly tokens: Int32Array;
}

/** Characters as tokens. @throws DomainError for an empty text */
export function charTokens(text: string): CharTokens {
  const characters = [...text];
  if (characters.length === 0) throw new DomainError("text", text, "at least one character");
  const symbols = [...new Set(characters)].sort((a, b) => (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0));
  const numbers = new Map(symbols.map((symbol, i) => [symbol, i]));
  return { symbols, tokens: Int32Array.from(characters, (character) => numbers.get(character) as number) };
}
