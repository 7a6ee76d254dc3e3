import type { ReactNode } from "react";
import { FeedIcon, Mark, SearchIcon } from "./icons.tsx";

/** Addresses of the built client. */
export interface PageAssets {
  readonly script: string;
  readonly styles: readonly string[];
}

interface DocumentProps {
  readonly title: string;
  readonly description: string;
  readonly kind: string;
  readonly assets: PageAssets;
  /** The front page has a search of its own. */
  readonly search: boolean;
  readonly children: ReactNode;
}

/** The mark as an address of its own, so that no browser asks for one that is not there. */
const icon = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" stroke-linejoin="round" stroke-linecap="round"><path d="M6 3h13l7 7v19H6Z" fill="#fff" stroke="#1d1c19" stroke-width="2"/><path d="m11 19 4 4 7-9" stroke="#2c48c5" stroke-width="3"/></svg>',
)}`;

/** What every page has around it. */
export function PageDocument({ title, description, kind, assets, search, children }: DocumentProps) {
  return (
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="description" content={description} />
        <title>{title}</title>
        {assets.styles.map((href) => (
          <link key={href} rel="stylesheet" href={href} />
        ))}
        <link rel="icon" href={icon} />
        <link rel="alternate" type="application/atom+xml" href="/feed.xml" title="Daily Papers" />
        <script type="module" src={assets.script} />
      </head>
      <body className={`page-${kind}`}>
        <a className="skip" href="#content">
          Skip to the content
        </a>
        <header className="masthead">
          <div className="masthead-inner">
            <a className="home" href="/" aria-label="Paperworks: Daily Papers">
              <Mark />
              <span>Paperworks</span>
            </a>
            {search && (
              <search className="masthead-search">
                <form className="search" action="/" method="get">
                  <label htmlFor="search" className="unseen">
                    Search papers
                  </label>
                  <SearchIcon />
                  <input id="search" type="search" name="q" maxLength={200} placeholder="Search" autoComplete="off" />
                  <span className="key" aria-hidden="true">
                    /
                  </span>
                </form>
              </search>
            )}
            <nav aria-label="Site">
              <a href="/#subscribe-email">Subscribe</a>
              <a href="/feed.xml">
                <FeedIcon /> Feed
              </a>
            </nav>
          </div>
        </header>
        <main id="content" tabIndex={-1}>
          {children}
        </main>
        <footer className="footer">
          <div>
            <p>
              Paperworks: neural-network papers that run. Summaries, code and measurements are its own; each paper
              belongs to its authors.
            </p>
            <ul>
              <li>
                <a href="/feed.xml">Atom feed</a>
              </li>
              <li>Source: beside each paper, line by line</li>
              <li>MIT licence</li>
            </ul>
          </div>
        </footer>
      </body>
    </html>
  );
}
