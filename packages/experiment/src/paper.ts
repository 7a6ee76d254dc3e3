import { type Bar, checkBar } from "./bars.ts";
import type { ExperimentContext } from "./context.ts";
import { PaperDefinitionError } from "./errors.ts";
import type { Setting, Settings } from "./settings.ts";

/** The folders of papers; a new field of work is a new entry here. */
export type Family = string;

/** One checkable statement: what the paper says, what is measured here, and what the measurement has to clear. */
export interface Claim {
  readonly id: string;
  /** What the paper says, with its numbers. */
  readonly paper: string;
  /** What is measured here, with its unit. */
  readonly measures: string;
  readonly bar: Bar;
  /** Datasets the bar was set for. Without their real files the claim is measured but not judged. */
  readonly needs: readonly string[];
  /** A measurement of time, which no two runs repeat exactly. */
  readonly timing: boolean;
}

export interface ClaimOptions {
  paper: string;
  measures: string;
  bar: Bar;
  needs?: string | readonly string[];
  timing?: boolean;
}

/** What a paper is to Paperworks: its card, its settings, its claims and the experiment that measures them. */
export interface Paper<S extends Settings = Settings> {
  readonly slug: string;
  readonly family: Family;
  readonly title: string;
  readonly authors: readonly string[];
  readonly year: number;
  readonly arxiv: string | undefined;
  /** What the paper says, in our own words. */
  readonly summary: string;
  readonly settings: S;
  readonly claims: readonly Claim[];
  experiment(context: ExperimentContext<S>): Promise<void>;
}

export interface PaperOptions<S extends Settings> {
  slug: string;
  family: Family;
  title: string;
  authors?: readonly string[];
  year: number;
  /** The identifier alone, "1511.06807"; left out for papers that are not there. */
  arxiv?: string;
  summary: string;
  settings?: S;
  claims: readonly Claim[];
  experiment(context: ExperimentContext<NoInfer<S>>): Promise<void> | void;
}

const identifier = /^[a-z0-9]+(?:[-.][a-z0-9]+)*$/;
const settingName = /^[a-z][A-Za-z0-9]*$/;
const arxivIdentifier = /^(?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?\/\d{7})$/;

/** @param id lower-case words joined by "-" or ".", such as "bad-init" or "comparable.forecasting" */
export function claim(id: string, options: ClaimOptions): Claim {
  if (!identifier.test(id)) {
    throw new PaperDefinitionError(`a claim's id is lower-case words joined by "-" or ".", not "${id}"`);
  }
  requireText(`claim ${id}`, "paper", options.paper);
  requireText(`claim ${id}`, "measures", options.measures);
  const needs = typeof options.needs === "string" ? [options.needs] : [...(options.needs ?? [])];
  for (const dataset of needs) requireText(`claim ${id}`, "needs", dataset);
  return {
    id,
    paper: options.paper,
    measures: options.measures,
    bar: checkBar(options.bar),
    needs,
    timing: options.timing ?? false,
  };
}

/**
 * Declares a paper. The settings' types reach the experiment: `settings: { eta: setting(0.03, …) }` makes
 * `context.settings.eta` a number.
 * @throws PaperDefinitionError for a bad slug, an empty text, claims that share an id, …
 */
// biome-ignore lint/complexity/noBannedTypes: a paper without settings has exactly the empty object
export function definePaper<const S extends Settings = {}>(options: PaperOptions<S>): Paper<S> {
  const { slug, family, title, year, arxiv, summary, claims } = options;
  if (typeof slug !== "string" || !identifier.test(slug) || slug.includes(".")) {
    throw new PaperDefinitionError(`a slug is lower-case words joined by "-", not "${slug}"`);
  }
  const owner = `paper ${slug}`;
  if (typeof family !== "string" || !identifier.test(family)) {
    throw new PaperDefinitionError(`${owner}: a family is a lower-case word, not "${family}"`);
  }
  requireText(owner, "title", title);
  requireText(owner, "summary", summary);
  if (!Number.isInteger(year) || year < 1900 || year > 2100) {
    throw new PaperDefinitionError(`${owner}: year ${year} is no year`);
  }
  if (arxiv !== undefined && !arxivIdentifier.test(arxiv)) {
    throw new PaperDefinitionError(`${owner}: "${arxiv}" is no arXiv identifier such as 1511.06807`);
  }
  if (claims.length === 0) throw new PaperDefinitionError(`${owner} makes no claim`);
  const seen = new Set<string>();
  for (const { id } of claims) {
    if (seen.has(id)) throw new PaperDefinitionError(`${owner}: two claims are called "${id}"`);
    seen.add(id);
  }
  const settings = (options.settings ?? {}) as S;
  for (const [name, declared] of Object.entries<Setting>(settings)) {
    if (!settingName.test(name)) throw new PaperDefinitionError(`${owner}: "${name}" is no name for a setting`);
    if (declared.default === undefined) {
      throw new PaperDefinitionError(`${owner}: setting ${name} is not made by setting(default, …)`);
    }
  }
  if (typeof options.experiment !== "function") throw new PaperDefinitionError(`${owner} has no experiment`);
  return {
    slug,
    family,
    title,
    authors: [...(options.authors ?? [])],
    year,
    arxiv,
    summary,
    settings,
    claims: [...claims],
    experiment: async (context) => options.experiment(context),
  };
}

function requireText(owner: string, what: string, text: unknown): void {
  if (typeof text !== "string" || text.trim() === "") {
    throw new PaperDefinitionError(`${owner}: ${what} must be a text, not ${JSON.stringify(text)}`);
  }
}
