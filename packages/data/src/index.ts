export { type BatchOptions, type BatchPosition, BatchSequence, batches } from "./batches.ts";
export {
  type ArrayBatch,
  type ArrayDataset,
  column,
  type ImageDataset,
  recordCount,
  type TypedArray,
  take,
  unitImages,
} from "./column.ts";
export { DataFolderError, DataFormatError, DomainError, DownloadError } from "./errors.ts";
export { fetchFinder } from "./files/fetch-finder.ts";
export { type FileFinder, type FoundFile, firstOf, memoryFinder, type Origin } from "./files/finder.ts";
export { parseCifar10 } from "./formats/cifar10.ts";
export { type CsvTable, parseCsv } from "./formats/csv.ts";
export { gunzip, isGzip } from "./formats/gzip.ts";
export { parseIdx } from "./formats/idx.ts";
export { parsePlanetoid } from "./formats/planetoid.ts";
export { parseTsplib, parseTsplibSolutions, type TsplibInstance } from "./formats/tsplib.ts";
export { parseUtf8 } from "./formats/utf8.ts";
export { type CitationGraph, denseFeatures } from "./graphs/citation-graph.ts";
export { cifar10, cifar10Classes } from "./loaders/cifar10.ts";
export { type MnistPart, mnist } from "./loaders/mnist.ts";
export { type PlanetoidName, planetoid } from "./loaders/planetoid.ts";
export { type SeriesDataset, type SeriesName, series } from "./loaders/series.ts";
export { type TextDataset, type TextName, text } from "./loaders/text.ts";
export { type TsplibProblem, tourLength, tsplib } from "./loaders/tsplib.ts";
export { prefetch } from "./prefetch.ts";
export { type PublishedFile, publishedDatasets } from "./published.ts";
export { Random, type RandomState } from "./random.ts";
export { shuffledRows } from "./shuffled-rows.ts";
export { DataSource, type OpenedFile, type Provenance } from "./source.ts";
export { split } from "./split.ts";
