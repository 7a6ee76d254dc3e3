export { type FetchedFile, type FetchOptions, fetchDataset } from "./fetch-dataset.ts";
export { cacheFinder, folderFinder, packageFinder } from "./finders.ts";
