import type { PageFigure } from "../page-data.ts";
import type { DrawnFigure } from "./drawn-figures.ts";
import { jsonBlock } from "./island.tsx";
import { ScrollBox } from "./scroll-box.tsx";

/** A figure: drawn already, and live as soon as the browser sees it (`client/live-figures.ts`). */
export function FigureView({ figure, drawn }: { readonly figure: PageFigure; readonly drawn: DrawnFigure }) {
  const { name, title, caption, spec } = figure;
  return (
    <figure className="figure" aria-labelledby={`figure-${name}`}>
      <h3 id={`figure-${name}`}>{title}</h3>
      {"problem" in drawn ? (
        <p className="notice">This figure could not be drawn: {drawn.problem}</p>
      ) : (
        <ScrollBox className="canvas" figure={title} label={`Figure: ${title}`}>
          <script
            type="application/json"
            // biome-ignore lint/security/noDangerouslySetInnerHtml: escaped by jsonBlock
            dangerouslySetInnerHTML={{ __html: jsonBlock(spec) }}
          />
          <Drawing svg={drawn.wide} className={drawn.narrow === undefined ? "drawn" : "drawn wide"} />
          {drawn.narrow !== undefined && <Drawing svg={drawn.narrow} className="drawn narrow" />}
        </ScrollBox>
      )}
      {caption !== null && <figcaption>{caption}</figcaption>}
    </figure>
  );
}

function Drawing({ svg, className }: { readonly svg: string; readonly className: string }) {
  return (
    <div
      className={className}
      // biome-ignore lint/security/noDangerouslySetInnerHtml: drawn by Vega on this server
      dangerouslySetInnerHTML={{ __html: svg }}
    />
  );
}
