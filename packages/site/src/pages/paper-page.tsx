import { countVerdicts } from "@paperworks/experiment";
import type { PaperPageData } from "../page-data.ts";
import { hasPlayground } from "../playground/names.ts";
import { Playground } from "../playground/playground.tsx";
import { Citation } from "./citation.tsx";
import { ClaimsSection } from "./claims-section.tsx";
import { shortDate } from "./dates.ts";
import type { DrawnFigure } from "./drawn-figures.ts";
import { FigureView } from "./figure-view.tsx";
import { DownloadIcon } from "./icons.tsx";
import { Island } from "./island.tsx";
import { Costs, Tables } from "./measurements.tsx";
import { Images, Sounds } from "./media.tsx";
import { equationsOf, MethodSection } from "./method-section.tsx";
import { RunPanel } from "./run-panel.tsx";
import { SourceView } from "./source-view.tsx";
import { Verdicts } from "./verdicts.tsx";
import { VoteButton } from "./vote-button.tsx";

interface PaperPageProps {
  readonly page: PaperPageData;
  /** Beside `page.figures`, one each. */
  readonly drawn: readonly DrawnFigure[];
}

/** A paper: what it says, what it claims and what came of that, how to run it, and its source. */
export function PaperPage({ page, drawn }: PaperPageProps) {
  const { card, claims, figures, images, sounds, tables, costs, bibtex, source } = page;
  const shows = {
    method: equationsOf(source, card.slug).length > 0,
    claims: true,
    playground: hasPlayground(card.slug),
    run: card.runs,
    figures: figures.length > 0,
    images: images.length > 0,
    sounds: sounds.length > 0,
    tables: tables.length > 0,
    cost: costs.length > 0,
    source: source.length > 0,
    cite: true,
  };
  return (
    <>
      <PaperHead page={page} />
      <div className="paper-columns">
        <nav className="contents" aria-label="On this page">
          <ul>
            {Object.entries(shows)
              .filter(([, there]) => there)
              .map(([name]) => (
                <li key={name}>
                  <a href={`#${name}`}>{sectionNames[name]}</a>
                </li>
              ))}
          </ul>
        </nav>
        <div className="paper-body">
          <MethodSection source={source} slug={card.slug} />
          <ClaimsSection claims={claims} />
          {hasPlayground(card.slug) && (
            <section aria-labelledby="playground">
              <h2 id="playground">Try it</h2>
              <Island name="playground" component={Playground} props={{ slug: card.slug }} />
            </section>
          )}
          {card.runs && (
            <section aria-labelledby="run">
              <h2 id="run">Run it</h2>
              <RunPanel
                slug={card.slug}
                settings={page.settings}
                serverRuns={page.serverRuns}
                canSignIn={page.canSignIn}
              />
            </section>
          )}
          {figures.length > 0 && (
            <section aria-labelledby="figures">
              <h2 id="figures">Figures</h2>
              {figures.map((figure, index) => (
                <FigureView key={figure.name} figure={figure} drawn={drawn[index]} />
              ))}
            </section>
          )}
          <Images images={images} />
          <Sounds sounds={sounds} />
          <Tables tables={tables} />
          <Costs costs={costs} />
        </div>
      </div>
      <SourceView source={source} />
      <section aria-labelledby="cite">
        <h2 id="cite">Cite the paper</h2>
        <Island name="citation" component={Citation} props={{ bibtex }} />
      </section>
    </>
  );
}

const sectionNames: Readonly<Record<string, string>> = {
  method: "Equations",
  claims: "Claims",
  playground: "Try it",
  run: "Run it",
  figures: "Figures",
  images: "Images",
  sounds: "Sounds",
  tables: "Tables",
  cost: "Cost",
  source: "Annotated source",
  cite: "Cite the paper",
};

function PaperHead({ page: { card, about, claims, measured, downloads } }: { readonly page: PaperPageData }) {
  const { slug, family, title, year, arxiv, authors, summary, votes, voted } = card;
  const counts = countVerdicts(claims.flatMap(({ result }) => result ?? []));
  const judged = counts.reproduced + counts.missed + counts.inconclusive;
  return (
    <header className="paper-head">
      <p className="crumbs">
        <a href="/">Daily Papers</a> <span aria-hidden="true">/</span>{" "}
        <a href={`/?family=${encodeURIComponent(family)}`}>{family}</a>
      </p>
      <h1>{title}</h1>
      <p className="byline">
        {authors.length > 0 && <span className="authors">{authors.join(", ")}</span>}
        <span>{year}</span>
        {arxiv !== null && (
          <a href={`https://arxiv.org/abs/${arxiv}`} rel="cite noreferrer">
            arXiv {arxiv}
          </a>
        )}
      </p>
      <div className="head-row">
        <Island name="vote" component={VoteButton} props={{ slug, title, votes, voted, back: `/papers/${slug}` }} />
        <Verdicts card={card} />
      </div>
      <p className="summary-text">{about || summary || "No summary yet."}</p>
      <p className="soft measured">
        {measured !== null
          ? `${judged} of ${claims.length} claims judged. Measured on ${shortDate(measured.date)}${measured.machine && `, ${measured.machine}`}${measured.commit === null ? "" : `, sources ${measured.commit.slice(0, 8)}`}.`
          : card.runs
            ? "Nothing kept of this paper has been measured in full yet."
            : "This paper is on the list, but its module is not built yet: there is nothing to run and no verdict."}
      </p>
      {downloads.length > 0 && (
        <ul className="downloads" aria-label="Downloads">
          {downloads.map(({ label, url, bytes }) => (
            <li key={url}>
              <a href={url} download>
                <DownloadIcon /> {label} <span className="soft">{sizeOf(bytes)}</span>
              </a>
            </li>
          ))}
        </ul>
      )}
    </header>
  );
}

function sizeOf(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
