import type { ReactElement } from "react";
import { renderToString } from "react-dom/server";
import type { PageData, RenderPage } from "../page-data.ts";
import { type PageAssets, PageDocument } from "./document.tsx";
import { drawFigures } from "./drawn-figures.ts";
import { FrontPage } from "./front-page.tsx";
import { MessagePage } from "./message-page.tsx";
import { PaperPage } from "./paper-page.tsx";

/** Put in by the build. */
declare const __assets__: PageAssets;

/** A page as a whole HTML document, which reads well without any script. */
export const render: RenderPage = async (page) => {
  const { title, description, body } = await contentOf(page);
  const document = (
    <PageDocument
      title={title}
      description={description}
      kind={page.kind}
      assets={__assets__}
      search={page.kind !== "front"}
    >
      {body}
    </PageDocument>
  );
  return `<!doctype html>\n${renderToString(document)}`;
};

async function contentOf(page: PageData): Promise<{ title: string; description: string; body: ReactElement }> {
  switch (page.kind) {
    case "front":
      return {
        title: page.query === "" ? "Daily Papers – Paperworks" : `${page.query} – Daily Papers`,
        description: "Neural-network papers that run: their claims, and what came of them when they were measured.",
        body: <FrontPage page={page} />,
      };
    case "paper":
      return {
        title: `${page.card.title} – Paperworks`,
        description: page.card.summary,
        body: <PaperPage page={page} drawn={await drawFigures(page.figures)} />,
      };
    case "message":
      return { title: `${page.title} – Paperworks`, description: page.text, body: <MessagePage page={page} /> };
  }
}
