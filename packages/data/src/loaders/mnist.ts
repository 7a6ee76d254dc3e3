import type { ImageDataset } from "../column.ts";
import { DataFormatError } from "../errors.ts";
import { parseIdx } from "../formats/idx.ts";
import type { DataSource, OpenedFile } from "../source.ts";

/** `test10k`: the 10,000 test digits; `train60k`: the training digits; `all`: training, then test. */
export type MnistPart = "test10k" | "train60k" | "all";

/**
 * Handwritten digits, 28 × 28, ten classes.
 *
 * @returns images [N, 28, 28] uint8 (0 background, 255 ink), labels [N] int32; undefined if no file is there
 * @throws DataFormatError for a file that is truncated, corrupt or something else, or images without their labels
 * Source: Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten digits".
 */
export async function mnist(
  source: DataSource,
  { part = "test10k" }: { part?: MnistPart } = {},
): Promise<ImageDataset | undefined> {
  const prefixes = part === "all" ? ["train", "t10k"] : part === "train60k" ? ["train"] : ["t10k"];
  const loaded: { images: Uint8Array; labels: Int32Array; opened: OpenedFile }[] = [];
  for (const prefix of prefixes) {
    const opened = await source.open(fileNames(`${prefix}-images`, 3));
    if (opened === undefined) return undefined;
    const beside = await source.openBeside(opened.file, fileNames(`${prefix}-labels`, 1));
    const images = readImages(opened);
    const labels = readLabels(beside);
    if (labels.length * 784 !== images.length) {
      throw new DataFormatError(beside.file.from, `${labels.length} labels`, `${images.length / 784}, one an image`);
    }
    loaded.push({ images, labels, opened });
  }
  const records = loaded.reduce((sum, { labels }) => sum + labels.length, 0);
  const images = loaded.length === 1 ? loaded[0].images : new Uint8Array(records * 784);
  const labels = loaded.length === 1 ? loaded[0].labels : new Int32Array(records);
  if (loaded.length > 1) {
    let start = 0;
    for (const piece of loaded) {
      images.set(piece.images, start * 784);
      labels.set(piece.labels, start);
      start += piece.labels.length;
    }
  }
  const { origin } = loaded[0].opened.file;
  const from = loaded.map(({ opened }) => opened.file.from).join(", ");
  source.record({ dataset: "mnist", origin, from, records, note: part });
  return { images: { data: images, shape: [records, 28, 28] }, labels: { data: labels, shape: [records] } };
}

function readImages({ bytes, file }: OpenedFile): Uint8Array {
  const { data, shape } = parseIdx(bytes, file.from);
  if (data instanceof Uint8Array && shape.length === 3 && shape[1] === 28 && shape[2] === 28) return data;
  throw new DataFormatError(file.from, `shape ${shape.join(" × ")}`, "bytes of shape N × 28 × 28");
}

function readLabels({ bytes, file }: OpenedFile): Int32Array {
  const { data, shape } = parseIdx(bytes, file.from);
  if (!(data instanceof Uint8Array) || shape.length !== 1) {
    throw new DataFormatError(file.from, `shape ${shape.join(" × ")}`, "bytes of shape N");
  }
  const wrong = data.findIndex((label) => label > 9);
  if (wrong >= 0) throw new DataFormatError(file.from, `label ${data[wrong]} at ${wrong}`, "a digit from 0 to 9");
  return Int32Array.from(data);
}

/** The published name, and what mirrors and other libraries make of it. */
function fileNames(stem: string, axes: number): string[] {
  const published = `${stem}-idx${axes}-ubyte`;
  const names = [`mnist/${published}`, published, `MNIST/raw/${published}`, `mnist/${stem}.idx${axes}-ubyte`];
  return names.flatMap((name) => [`${name}.gz`, name]);
}
