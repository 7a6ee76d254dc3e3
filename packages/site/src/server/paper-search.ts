import { docCommentsOf } from "./doc-comments.ts";
import { moduleOf } from "./modules.ts";
import type { ListedPaper } from "./paper-list.ts";
import { type SearchDocument, SearchIndex } from "./search.ts";
import type { SiteStore } from "./site-store.ts";

/** Full text over the list. The index is made at the first search, and again when papers have joined the list. */
export class PaperSearch {
  readonly #store: SiteStore;
  #index: { readonly papers: number; readonly made: Promise<SearchIndex> } | undefined;
  readonly #documents = new Map<string, Promise<SearchDocument>>();

  constructor(store: SiteStore) {
    this.#store = store;
  }

  /** Slugs, the best first. */
  async search(query: string): Promise<string[]> {
    const papers = await this.#store.papers();
    if (this.#index?.papers !== papers.length) {
      this.#index = { papers: papers.length, made: this.#make(papers) };
      this.#index.made.catch(() => {
        this.#index = undefined;
      });
    }
    return (await this.#index.made).search(query);
  }

  async #make(papers: readonly ListedPaper[]): Promise<SearchIndex> {
    return new SearchIndex(
      await Promise.all(
        papers.map((paper) => {
          const known = this.#documents.get(paper.slug) ?? documentOf(paper);
          this.#documents.set(paper.slug, known);
          return known;
        }),
      ),
    );
  }
}

async function documentOf(paper: ListedPaper): Promise<SearchDocument> {
  const { slug, title, family, authors, summary } = paper;
  // A module that cannot be loaded must not take the search of all others with it.
  const [module, comments] = await Promise.all([moduleOf(slug).catch(() => undefined), docCommentsOf(paper)]);
  return {
    slug,
    title,
    family,
    authors: (authors.length > 0 ? authors : (module?.authors ?? [])).join("\n"),
    summary,
    claims: (module?.claims ?? []).map((claim) => `${claim.paper}\n${claim.measures}`).join("\n"),
    comments,
  };
}
