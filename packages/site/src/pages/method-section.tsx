import type { SourceFile } from "../page-data.ts";

/** Equations of a paper that are shown before its source. */
const most = 4;

interface Equations {
  readonly html: string;
  readonly file: string;
  readonly anchor: string;
  readonly line: number;
}

/** The equations of the method as the module's own comments give them, each with the way to the code that computes it. */
export function MethodSection({ source, slug }: { readonly source: readonly SourceFile[]; readonly slug: string }) {
  const found = equationsOf(source, slug);
  if (found.length === 0) return null;
  return (
    <section aria-labelledby="method">
      <h2 id="method">The method in equations</h2>
      <div className="equations">
        {found.map(({ html, file, anchor, line }) => (
          <div className="equation" key={anchor}>
            {/* biome-ignore lint/security/noDangerouslySetInnerHtml: made from the module's own comments */}
            <div className="prose" dangerouslySetInnerHTML={{ __html: html }} />
            <a className="soft" href={`#${anchor}`}>
              {file}, line {line}
            </a>
          </div>
        ))}
      </div>
    </section>
  );
}

/** The first few of the paper's own files; what its family shares is not its method. */
export function equationsOf(source: readonly SourceFile[], slug: string): Equations[] {
  const own = source.filter(({ path }) => path.includes(`/${slug}/`));
  return own
    .flatMap(({ path, sections }) =>
      sections.flatMap(({ proseHtml, codeHtml, firstLine }) => {
        const anchor = /id="([^"]+)"/.exec(codeHtml)?.[1];
        const end = proseHtml.lastIndexOf(formulasEnd);
        if (anchor === undefined || end < 0) return [];
        const file = path.slice(path.lastIndexOf("/") + 1);
        return { html: proseHtml.slice(0, end + formulasEnd.length), file, anchor, line: firstLine };
      }),
    )
    .slice(0, most);
}

/** A row of formulas and the block of rows are the only divisions that close together in a comment's prose. */
const formulasEnd = "</div></div>";
