import { DataFormatError } from "../errors.ts";
import { parseUtf8 } from "../formats/utf8.ts";
import type { DataSource } from "../source.ts";

export type TextName = "tinyshakespeare" | "wikitext2";

export interface TextDataset {
  readonly name: TextName;
  readonly text: string;
  /** The same as UTF-8, for models that read bytes. */
  readonly bytes: Uint8Array;
}

const fileNames: Readonly<Record<TextName, readonly string[]>> = {
  tinyshakespeare: [
    "text/tinyshakespeare.txt",
    "tinyshakespeare.txt",
    "tinyshakespeare/input.txt",
    "text/tinyshakespeare.txt.gz",
  ],
  wikitext2: [
    "text/wikitext2-valid.txt",
    "wikitext2-valid.txt",
    "wikitext-2/wiki.valid.tokens",
    "wikitext-2/valid.txt",
    "text/wikitext2-valid.txt.gz",
  ],
};

/**
 * A text for language models: `tinyshakespeare`, about 1.1 million characters of plays, or the validation split of
 * WikiText-2 (tokenised encyclopedia articles, rare words as `<unk>`).
 *
 * @returns the text, or undefined if no file is there
 * @throws DataFormatError for bytes that are not UTF-8, or an empty file
 * Source: A. Karpathy, "char-rnn", 2015; S. Merity et al., "Pointer sentinel mixture models", 2016.
 */
export async function text(source: DataSource, name: TextName): Promise<TextDataset | undefined> {
  const opened = await source.open(fileNames[name]);
  if (opened === undefined) return undefined;
  const { from, origin } = opened.file;
  const content = parseUtf8(opened.bytes, from);
  if (content.trim() === "") throw new DataFormatError(from, `${opened.bytes.length} bytes without text`, "a text");
  source.record({ dataset: name, origin, from, records: opened.bytes.length, note: "records are bytes" });
  return { name, text: content, bytes: opened.bytes };
}
