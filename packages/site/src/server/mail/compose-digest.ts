import type { Day } from "../days.ts";
import { frontPage } from "../front-page.ts";
import { KeptResults } from "../kept-results.ts";
import { KeptRuns } from "../kept-runs.ts";
import type { SiteStore } from "../site-store.ts";
import type { DigestPaper } from "./digest-mail.ts";

/** Papers of a digest, and the most bytes of a picture in it: mail programs cut long mails off. */
const digestLength = 10;
const mostPictures = 5;
const mostPictureBytes = 400_000;

/** The papers that trend on a day, the best first, with the images of their runs. Drawings are left to the page. */
export async function composeDigest(
  store: SiteStore,
  { results, runs, day }: { readonly results: string; readonly runs: string; readonly day: Day },
): Promise<DigestPaper[]> {
  await store.database();
  const kept = new KeptRuns(runs);
  const { papers } = await frontPage(
    { store, results: new KeptResults(results), runs: kept, search: async () => [] },
    { query: "", date: day, sort: "trending", family: null, verdict: null },
  );
  let pictures = 0;
  return papers.slice(0, digestLength).map((card) => {
    const picture = pictures < mostPictures ? imageOf(kept, card.slug) : null;
    if (picture !== null) pictures++;
    return { card, picture };
  });
}

function imageOf(runs: KeptRuns, slug: string): DigestPaper["picture"] {
  for (const { result, images } of runs.of(slug)) {
    for (const { name, caption } of result.images) {
      const file = images.get(name);
      if (file !== undefined && file.bytes <= mostPictureBytes) {
        return { name: file.name, path: file.path, alt: caption ?? name };
      }
    }
  }
  return null;
}
