import { type DataSource, type Random, text } from "@paperworks/data";
import { charTokens, generatedPlays } from "@paperworks/data/sequences";

/** A text as characters: its first 90 % to train on, the rest to test on. */
export interface LanguageData {
  readonly symbols: readonly string[];
  readonly training: Int32Array;
  readonly test: Int32Array;
}

/** Tiny Shakespeare, or generated plays where it is not there. */
export async function languageData(data: DataSource, seed: number): Promise<LanguageData> {
  const characters = 300_000;
  const real = await text(data, "tinyshakespeare");
  const content =
    real?.text ??
    data.generated("tinyshakespeare", generatedPlays({ characters, seed }), {
      from: `generatedPlays, seed ${seed}`,
      records: characters,
    });
  const { symbols, tokens } = charTokens(content);
  const border = Math.floor(0.9 * tokens.length);
  return { symbols, training: tokens.subarray(0, border), test: tokens.subarray(border) };
}

/** A text in the symbols of a vocabulary. */
export interface SpelledText {
  readonly tokens: Int32Array;
  /** Characters that the vocabulary does not have, each once; the tokens go on without them. */
  readonly unknown: readonly string[];
}

export function spell(text: string, symbols: readonly string[]): SpelledText {
  const numbers = new Map(symbols.map((symbol, i) => [symbol, i]));
  const characters = [...text];
  const known = characters.flatMap((character) => numbers.get(character) ?? []);
  const unknown = new Set(characters.filter((character) => !numbers.has(character)));
  return { tokens: Int32Array.from(known), unknown: [...unknown] };
}

/** Windows of length + 1 tokens at random places, row-major. */
export function randomWindows(tokens: Int32Array, count: number, length: number, random: Random): Int32Array {
  const out = new Int32Array(count * (length + 1));
  for (let i = 0; i < count; i++) {
    const start = random.integer(tokens.length - length);
    out.set(tokens.subarray(start, start + length + 1), i * (length + 1));
  }
  return out;
}

/** Windows of length + 1 tokens at even distances over the whole text, the same at every call. */
export function evenWindows(tokens: Int32Array, count: number, length: number): Int32Array {
  const out = new Int32Array(count * (length + 1));
  const last = tokens.length - length - 1;
  for (let i = 0; i < count; i++) {
    const start = count === 1 ? 0 : Math.round((i * last) / (count - 1));
    out.set(tokens.subarray(start, start + length + 1), i * (length + 1));
  }
  return out;
}
