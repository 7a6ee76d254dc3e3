import type { FrontPageData } from "../page-data.ts";
import { dayAfter, longDate, shortDate } from "./dates.ts";
import { frontAddress } from "./front-address.ts";
import { BackIcon, ForwardIcon } from "./icons.tsx";
import { Island } from "./island.tsx";
import { PaperSearch } from "./paper-search.tsx";
import { SubscribeForm } from "./subscribe-form.tsx";

/** Daily Papers: the day, the list, and the form for those who want it by mail. */
export function FrontPage({ page }: { readonly page: FrontPageData }) {
  const { date, today, total } = page;
  return (
    <>
      <header className="opening">
        <div>
          <h1>Daily Papers</h1>
          <p className="lead">
            Neural-network papers that run: what each one claims, and what came of it when it was measured here.
          </p>
        </div>
        <nav className="days" aria-label="Day">
          <a
            href={frontAddress(page, { date: dayAfter(date, -1) })}
            rel="prev"
            aria-label={`Day before: ${shortDate(dayAfter(date, -1))}`}
          >
            <BackIcon />
          </a>
          <time dateTime={date}>{longDate(date)}</time>
          {date < today ? (
            <a
              href={frontAddress(page, { date: dayAfter(date, 1) })}
              rel="next"
              aria-label={`Day after: ${shortDate(dayAfter(date, 1))}`}
            >
              <ForwardIcon />
            </a>
          ) : (
            <span className="off">
              <ForwardIcon />
            </span>
          )}
        </nav>
      </header>
      {total === 0 && <p className="notice">On this day the list was still empty.</p>}
      <Island name="papers" component={PaperSearch} props={{ page }} />
      <Island name="subscribe" component={SubscribeForm} props={{}} className="subscribe-place" />
    </>
  );
}
