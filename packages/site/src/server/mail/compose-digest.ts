import { readFile } from "node:fs/promises";
import { rasterize } from "@paperworks/lab/report/rasterize";
import type { Day } from "../days.ts";
import { frontPage } from "../front-page.ts";
import { KeptResults } from "../kept-results.ts";
import { type KeptRun, KeptRuns, type RunFile } from "../kept-runs.ts";
import { runsOf } from "../measured.ts";
import type { SiteStore } from "../site-store.ts";
import type { DigestPaper } from "./digest-mail.ts";

/** Papers of a digest, and the most bytes of a picture in it: mail programs cut long mails off. */
const digestLength = 10;
const mostPictures = 5;
const mostPictureBytes = 400_000;

/** Pixels of a drawing in a mail, twice what it is shown at. */
const drawingWidth = 1000;

/** The papers that trend on a day, the best first, with the images of their runs, or a figure of theirs drawn. */
export async function composeDigest(
  store: SiteStore,
  { results, runs, day }: { readonly results: string; readonly runs: string; readonly day: Day },
): Promise<DigestPaper[]> {
  await store.database();
  const measured = { results: new KeptResults(results), runs: new KeptRuns(runs) };
  const { papers } = await frontPage(
    { store, ...measured, search: async () => [] },
    { query: "", date: day, sort: "trending", family: null, verdict: null },
  );
  const chosen: DigestPaper[] = [];
  let pictures = 0;
  for (const card of papers.slice(0, digestLength)) {
    const picture = pictures < mostPictures ? await pictureOf(runsOf(measured, card.slug)) : null;
    if (picture !== null) pictures++;
    chosen.push({ card, picture });
  }
  return chosen;
}

async function pictureOf(kept: readonly KeptRun[]): Promise<DigestPaper["picture"]> {
  for (const { result, images } of kept) {
    for (const { name, caption } of result.images) {
      const file = images.get(name);
      if (file !== undefined && file.bytes <= mostPictureBytes) {
        return { name: file.name, png: await readFile(file.path), alt: caption ?? name };
      }
    }
  }
  for (const { result, drawings } of kept) {
    for (const { name, title } of result.figures) {
      const file = drawings.get(name);
      const png = file && (await drawn(file));
      if (png !== undefined && png.length <= mostPictureBytes) return { name: `${name}.png`, png, alt: title };
    }
  }
  return null;
}

/** A drawing as PNG; undefined for one that is gone or cannot be read: the mail goes out without it. */
async function drawn({ path }: RunFile): Promise<Uint8Array | undefined> {
  try {
    return await rasterize(await readFile(path, "utf8"), drawingWidth);
  } catch {
    return undefined;
  }
}
