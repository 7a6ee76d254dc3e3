import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { DataSource, type FileFinder, firstOf } from "@paperworks/data";
import { cacheFinder, folderFinder, packageFinder } from "@paperworks/data/node";

type Environment = Readonly<Record<string, string | undefined>>;

/** The folder that the user named: by `--data`, else by PAPERWORKS_DATA. */
export function dataFolder(named: string | undefined, environment: Environment = process.env): string | undefined {
  const folder = named ?? (environment.PAPERWORKS_DATA || undefined);
  return folder === undefined ? undefined : resolve(folder);
}

/** Where fetched datasets are kept: `paperworks` below XDG_CACHE_HOME, else below `~/.cache`. */
export function cacheFolder(environment: Environment = process.env): string {
  return join(environment.XDG_CACHE_HOME || join(homedir(), ".cache"), "paperworks");
}

/**
 * An experiment's data: the folder that was named, then the installed package of digits, then the cache.
 * @throws DataFolderError when the named folder cannot be read
 */
export async function openData(named?: string, environment: Environment = process.env): Promise<DataSource> {
  const finders: FileFinder[] = [packageFinder(), cacheFinder(cacheFolder(environment))];
  const folder = dataFolder(named, environment);
  if (folder !== undefined) {
    const named = folderFinder(folder);
    await named.find([]);
    finders.unshift(named);
  }
  return new DataSource(firstOf(...finders));
}
