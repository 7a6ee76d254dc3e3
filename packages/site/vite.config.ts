import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** Every browser that runs these pages reads WOFF2; KaTeX's other forms of its fonts would only be carried along. */
const oneFormOfFonts: Plugin = {
  name: "one-form-of-fonts",
  enforce: "pre",
  transform: (code, id) =>
    /katex[^/]*\.css$/.test(id) ? code.replace(/,url\([^)]*\.(?:woff|ttf)\)\s*format\([^)]*\)/g, "") : undefined,
};

/** What both builds of the pages share; `src/build.ts` says what is built to where. */
export default defineConfig({
  plugins: [react(), oneFormOfFonts],
  base: "/",
  publicDir: false,
  // Vega is large, and fetched only by a page with figures.
  logLevel: "error",
  worker: { format: "es" },
});
