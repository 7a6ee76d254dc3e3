export { builtClient, builtRender, builtSources } from "./built.ts";
export type * from "./page-data.ts";
