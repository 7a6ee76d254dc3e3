import { fileURLToPath } from "node:url";

/** Where `buildPages` puts what it makes; the same place in a clone and in the published package. */
const dist = (path: string): string => fileURLToPath(new URL(`../dist/${path}`, import.meta.url));

/** Folder that is served as it is: `assets/…`, with hashed names. */
export const builtClient: string = dist("client");
/** The module with `render: RenderPage`. */
export const builtRender: string = dist("server/render.js");
/** Annotated sources, `<slug>.json`, for where the sources themselves are not. */
export const builtSources: string = dist("sources");
