import { useEffect, useRef } from "react";
import type { PageFigure } from "../page-data.ts";
import { ScrollBox } from "./scroll-box.tsx";

/** A figure of a run in this page, drawn here: there is no server that could have drawn it before. */
export function LiveFigure({ figure: { name, title, caption, spec } }: { readonly figure: PageFigure }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    element.replaceChildren();
    delete element.dataset.live;
    const block = document.createElement("script");
    block.type = "application/json";
    block.textContent = JSON.stringify(spec);
    element.append(block);
    void import("../client/live-figure.ts").then(({ enliven }) => enliven(element));
  }, [spec]);
  return (
    <figure className="figure" aria-labelledby={`run-figure-${name}`}>
      <h3 id={`run-figure-${name}`}>{title}</h3>
      <ScrollBox className="canvas" label={`Figure: ${title}`} ref={place} />
      {caption !== null && <figcaption>{caption}</figcaption>}
    </figure>
  );
}
