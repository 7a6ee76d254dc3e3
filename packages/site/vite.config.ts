import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** What both builds of the pages share; `src/build.ts` says what is built to where. */
export default defineConfig({
  plugins: [react()],
  base: "/",
  publicDir: false,
  // Vega is large, and fetched only by a page with figures.
  logLevel: "error",
});
