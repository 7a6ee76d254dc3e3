import type { Claim, ClaimResult, JsonValue, Settings, VegaLiteSpec } from "@paperworks/experiment";

/**
 * What the server knows about a page and the pages show: plain JSON, rendered on the server and taken up again in the browser.
 */
export type PageData = FrontPageData | PaperPageData | MessagePageData;

/** How many claims came to each verdict. */
export interface VerdictCounts {
  readonly reproduced: number;
  readonly missed: number;
  readonly inconclusive: number;
  readonly notJudged: number;
}

export type Sort = "trending" | "newest";

/** A paper on the front page. */
export interface PaperCard {
  readonly slug: string;
  readonly family: string;
  readonly title: string;
  readonly year: number;
  readonly arxiv: string | null;
  readonly authors: readonly string[];
  /** In our words; empty for a paper that was just imported. */
  readonly summary: string;
  /** The day it joined the list, as 2026-11-24. */
  readonly listed: string;
  /** Whether there is a module to run. */
  readonly runs: boolean;
  /** Of its kept result; null without one. */
  readonly verdicts: VerdictCounts | null;
  /** Address of a picture of its last run. */
  readonly picture: { readonly url: string; readonly alt: string } | null;
  readonly votes: number;
  /** Whether this visitor voted for it. */
  readonly voted: boolean;
}

export interface FrontPageData {
  readonly kind: "front";
  /** The day shown, as 2026-11-24. */
  readonly date: string;
  readonly today: string;
  readonly query: string;
  readonly sort: Sort;
  readonly family: string | null;
  readonly verdict: string | null;
  readonly families: readonly { readonly name: string; readonly papers: number }[];
  readonly papers: readonly PaperCard[];
  /** Papers on the list, whatever the filters. */
  readonly total: number;
}

/** A figure of the kept result. */
export interface PageFigure {
  readonly name: string;
  readonly title: string;
  readonly caption: string | null;
  readonly spec: VegaLiteSpec;
}

/** A stretch of a module: the doc comment in front of a declaration as HTML (with KaTeX), and the code behind it. */
export interface SourceSection {
  readonly proseHtml: string;
  readonly codeHtml: string;
  readonly firstLine: number;
}

export interface SourceFile {
  /** From the packages' root, as "papers/src/graphs/gcn.ts". */
  readonly path: string;
  readonly sections: readonly SourceSection[];
}

/** A claim of a paper and what came of it; `result` is null before a run. */
export interface ClaimRow {
  readonly claim: Claim;
  readonly result: ClaimResult | null;
}

export interface PaperPageData {
  readonly kind: "paper";
  readonly card: PaperCard;
  /** What it says at more length, as its module has it; the card's summary where that is missing. */
  readonly about?: string;
  readonly claims: readonly ClaimRow[];
  /** When, where and with which sources the kept result was measured; null without one. */
  readonly measured: { readonly date: string; readonly machine: string; readonly commit: string | null } | null;
  readonly figures: readonly PageFigure[];
  readonly images: readonly { readonly name: string; readonly url: string; readonly caption: string | null }[];
  readonly sounds: readonly { readonly name: string; readonly url: string; readonly caption: string | null }[];
  readonly tables: readonly {
    readonly name: string;
    readonly columns: readonly string[];
    readonly rows: readonly (readonly (string | number | boolean | null)[])[];
    readonly caption: string | null;
  }[];
  readonly costs: readonly { readonly name: string; readonly figures: Readonly<Record<string, JsonValue>> }[];
  readonly downloads: readonly { readonly label: string; readonly url: string; readonly bytes: number }[];
  readonly bibtex: string;
  readonly source: readonly SourceFile[];
  readonly settings: Settings;
  /** Whether "Run on the server" is there for this visitor. */
  readonly serverRuns: boolean;
  /** Whether signing in would put it there. */
  readonly canSignIn: boolean;
}

/** A page of one message: subscribed, confirmed, not found. */
export interface MessagePageData {
  readonly kind: "message";
  readonly status: number;
  readonly title: string;
  readonly text: string;
  /** A button that posts to an address of the site, such as "Unsubscribe". */
  readonly action?: {
    readonly url: string;
    readonly label: string;
    /** What is to be typed in first, such as a token. */
    readonly field?: { readonly name: string; readonly label: string };
  };
}

/** What `GET /api/search` answers: it takes the front page's own `q`, `sort`, `family`, `verdict` and `date`. */
export type SearchAnswer = Pick<FrontPageData, "papers" | "total">;

/**
 * What `POST /api/papers/<slug>/vote` answers to `Accept: application/json`. A plain form gets 303 back to the page that it
 * was on, by its field `back` (a path).
 */
export type VoteAnswer = Pick<PaperCard, "slug" | "votes" | "voted">;

/** What the other forms answer to `Accept: application/json`; a plain form gets the same as a page. */
export type FormAnswer = Pick<MessagePageData, "status" | "title" | "text">;

/** A page as an HTML document. Figures are drawn on the server, which takes a moment the first time. */
export type RenderPage = (page: PageData) => string | Promise<string>;
