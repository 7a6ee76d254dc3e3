import { pathToFileURL } from "node:url";
import { builtClient, builtRender } from "@paperworks/site/built";
import type { RenderPage } from "@paperworks/site/page-data";
import type { Output } from "../terminal.ts";

/** The built pages: how to render them, and the folder of their scripts and styles. */
export interface BuiltPages {
  readonly render: RenderPage;
  readonly assets: string;
}

/** Builds the pages where they are missing or older than their sources, as in a clone, and loads them. */
export async function openPages(note: Output): Promise<BuiltPages> {
  const { buildPages, pagesAreBuilt } = await import("@paperworks/site/build");
  if (!pagesAreBuilt()) {
    note.line("Building the pages, once …");
    await buildPages();
  }
  const { render } = (await import(pathToFileURL(builtRender).href)) as { render: RenderPage };
  return { render, assets: `${builtClient}/assets` };
}
