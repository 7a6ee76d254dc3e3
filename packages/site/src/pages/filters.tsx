import type { FrontPageData } from "../page-data.ts";
import { frontAddress } from "./front-address.ts";
import { VerdictIcon } from "./icons.tsx";
import { verdictNames } from "./verdicts.tsx";

/** Links that narrow the list: each works without script, and a chosen one leads back to all. */
export function Filters({ page, place }: { readonly page: FrontPageData; readonly place: string }) {
  const { families, family, verdict, total } = page;
  return (
    <>
      <section aria-labelledby={`by-verdict-${place}`}>
        <h2 id={`by-verdict-${place}`}>Verdict</h2>
        <ul className="choices">
          <Choice href={frontAddress(page, { verdict: null })} chosen={verdict === null}>
            any
          </Choice>
          {verdictNames.map((name) => (
            <Choice key={name} href={frontAddress(page, { verdict: name })} chosen={verdict === name}>
              <VerdictIcon verdict={name} /> {name}
            </Choice>
          ))}
          <Choice href={frontAddress(page, { verdict: "not measured" })} chosen={verdict === "not measured"}>
            not measured
          </Choice>
        </ul>
      </section>
      <section aria-labelledby={`by-family-${place}`}>
        <h2 id={`by-family-${place}`}>Family</h2>
        <ul className="choices">
          <Choice href={frontAddress(page, { family: null })} chosen={family === null} count={total}>
            all
          </Choice>
          {families.map(({ name, papers }) => (
            <Choice key={name} href={frontAddress(page, { family: name })} chosen={family === name} count={papers}>
              {name}
            </Choice>
          ))}
        </ul>
      </section>
    </>
  );
}

interface ChoiceProps {
  readonly href: string;
  readonly chosen: boolean;
  readonly count?: number;
  readonly children: React.ReactNode;
}

function Choice({ href, chosen, count, children }: ChoiceProps) {
  return (
    <li>
      <a href={href} aria-current={chosen ? "true" : undefined}>
        <span>{children}</span>
        {count !== undefined && <span className="count">{count}</span>}
      </a>
    </li>
  );
}
