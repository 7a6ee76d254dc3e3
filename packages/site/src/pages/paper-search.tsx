import { useEffect, useRef, useState } from "react";
import type { FrontPageData, SearchAnswer, Sort } from "../page-data.ts";
import { Filters } from "./filters.tsx";
import { frontAddress, frontParameters } from "./front-address.ts";
import { SearchIcon } from "./icons.tsx";
import { PaperEntry } from "./paper-entry.tsx";

/** Milliseconds after the last key before the server is asked. */
const pause = 150;

/** The list with its search, order and filters. Without script the search is a form and the rest are links. */
export function PaperSearch({ page: given }: { readonly page: FrontPageData }) {
  const [page, setPage] = useState(given);
  const [problem, setProblem] = useState("");
  const asked = useRef(given.query);
  const { query, papers, total, sort, family, verdict, date, today } = page;

  useEffect(() => {
    if (query === asked.current) return;
    const stop = new AbortController();
    const timer = setTimeout(async () => {
      asked.current = query;
      const parameters = frontParameters({ query, sort, family, verdict, date, today });
      try {
        const response = await fetch(`/api/search?${parameters}`, {
          signal: stop.signal,
          headers: { Accept: "application/json" },
        });
        if (!response.ok) throw new Error(String(response.status));
        const found = (await response.json()) as SearchAnswer;
        setPage((now) => ({ ...now, papers: found.papers, total: found.total }));
        setProblem("");
        history.replaceState(null, "", parameters.size === 0 ? "/" : `/?${parameters}`);
      } catch {
        if (!stop.signal.aborted) setProblem("Search does not answer just now. Enter asks once more.");
      }
    }, pause);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [query, sort, family, verdict, date, today]);

  return (
    <div className="columns">
      <div className="feed">
        <search>
          <form className="search" action="/" method="get">
            <label htmlFor="search" className="unseen">
              Search titles, summaries, claims and sources
            </label>
            <SearchIcon />
            <input
              id="search"
              type="search"
              name="q"
              maxLength={200}
              value={query}
              placeholder="Search papers, claims, sources"
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => setPage({ ...page, query: event.target.value })}
            />
            <span className="key" aria-hidden="true">
              /
            </span>
            {sort !== "trending" && <input type="hidden" name="sort" value={sort} />}
            {family !== null && <input type="hidden" name="family" value={family} />}
            {verdict !== null && <input type="hidden" name="verdict" value={verdict} />}
            {date !== today && <input type="hidden" name="date" value={date} />}
            <button type="submit" className="unseen">
              Search
            </button>
          </form>
        </search>
        <div className="order">
          <nav aria-label="Order of the papers">
            <ul className="tabs">
              {(["trending", "newest"] as const).map((name: Sort) => (
                <li key={name}>
                  <a href={frontAddress(page, { sort: name })} aria-current={sort === name ? "true" : undefined}>
                    {name === "trending" ? "Trending" : "Newest"}
                  </a>
                </li>
              ))}
            </ul>
          </nav>
          <p role="status" className="soft" id="found">
            {problem || countText(papers.length, total)}
          </p>
        </div>
        <details className="narrow-filters">
          <summary>Filter{filtersText({ family, verdict })}</summary>
          <nav aria-label="Filters">
            <Filters page={page} place="narrow" />
          </nav>
        </details>
        {papers.length === 0 ? (
          <p className="empty">
            No paper fits. <a href="/">Show all {total}</a>
          </p>
        ) : (
          <div className="entries">
            {papers.map((card) => (
              <PaperEntry key={card.slug} card={card} back={frontAddress(page)} />
            ))}
          </div>
        )}
      </div>
      <nav className="wide-filters" aria-label="Filters">
        <Filters page={page} place="wide" />
      </nav>
    </div>
  );
}

const countText = (shown: number, total: number): string =>
  shown === total ? `${total} papers` : `${shown} of ${total} papers`;

function filtersText({ family, verdict }: Pick<FrontPageData, "family" | "verdict">): string {
  const chosen = [verdict, family].filter((one) => one !== null);
  return chosen.length === 0 ? "" : `: ${chosen.join(", ")}`;
}
