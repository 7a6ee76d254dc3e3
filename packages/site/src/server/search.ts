import MiniSearch from "minisearch";

/** What of a paper can be found. */
export interface SearchDocument {
  readonly slug: string;
  readonly title: string;
  readonly authors: string;
  readonly family: string;
  readonly summary: string;
  /** What it claims, and what is measured for it. */
  readonly claims: string;
  /** The doc comments of its module. */
  readonly comments: string;
}

/** A word in the title says most; a slip of the pen, or half a word, says less than the word itself. */
const boost = { title: 8, authors: 4, summary: 3, family: 2, claims: 1, comments: 0.5 };

/** Full text over papers that forgives a slip of the pen in words of four letters and more. */
export class SearchIndex {
  readonly #index = new MiniSearch<SearchDocument>({
    idField: "slug",
    fields: ["title", "authors", "family", "summary", "claims", "comments"],
    processTerm: (term) => fold(term) || null,
  });

  constructor(documents: readonly SearchDocument[]) {
    this.#index.addAll(documents);
  }

  /**
   * The slugs of papers that have every word of a query, the best first; where none has all, those that have any.
   * "atention" finds attention, "quant" finds quantisation.
   */
  search(query: string): string[] {
    const options = { boost, prefix: true, fuzzy: slip, weights: { fuzzy: 0.3, prefix: 0.5 } };
    const all = this.#index.search(query, { ...options, combineWith: "AND" });
    const found = all.length > 0 ? all : this.#index.search(query, { ...options, combineWith: "OR" });
    return found.map(({ id }) => id as string);
  }
}

/** Slips forgiven in a word: none up to 3 letters, one from 4, two from 8. */
function slip(term: string): number | false {
  if (term.length < 4) return false;
  return term.length < 8 ? 1 : 2;
}

/** Small letters without accents, and one spelling for -ise and -ize. */
function fold(term: string): string {
  return term
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/is(?=e|ing|ation|ed)/g, "iz");
}
