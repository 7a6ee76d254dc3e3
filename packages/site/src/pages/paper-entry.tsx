import type { PaperCard } from "../page-data.ts";
import { Verdicts } from "./verdicts.tsx";
import { VoteButton } from "./vote-button.tsx";

/** A paper of the list: vote, what it says, what came of its claims, and a picture of its last run. */
export function PaperEntry({ card, back }: { readonly card: PaperCard; readonly back: string }) {
  const { slug, title, summary, family, year, picture, runs, votes, voted, arxiv } = card;
  const address = `/papers/${slug}`;
  return (
    <article className={runs ? "entry" : "entry unbuilt"} aria-labelledby={`title-${slug}`}>
      <VoteButton key={`${votes}${voted}`} slug={slug} title={title} votes={votes} voted={voted} back={back} />
      <div className="entry-text">
        <h2 id={`title-${slug}`}>
          <a className="entry-title" href={address}>
            {title}
          </a>
        </h2>
        <p className="summary">{summary === "" ? "No summary yet." : summary}</p>
        <p className="facts">
          <Verdicts card={card} />
          <span className="soft">
            {family} · {year}
            {arxiv !== null && ` · arXiv ${arxiv}`}
          </span>
        </p>
      </div>
      {picture !== null && (
        <a className="picture" href={address} tabIndex={-1}>
          <img src={picture.url} alt={picture.alt} loading="lazy" className={pictureKind(picture.url)} />
        </a>
      )}
    </article>
  );
}

/** Drawings have dark lines on nothing, and are turned over in the dark. */
export const pictureKind = (url: string): string => (/\.svg(?:\?|$)/.test(url) ? "drawing" : "photo");
